package io.tfcluster.training;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Watches the validations of one fit for {@link EarlyStopping}; without it, it never stops. */
final class StoppingRule implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StoppingRule.class);

    private final @Nullable EarlyStopping stopping;
    private final BestVariables variables;
    private double best = Double.NaN;
    private long bestStep;
    private int worse;
    private String reason = "";

    StoppingRule(@Nullable EarlyStopping stopping, BestVariables variables) {
        this.stopping = stopping;
        this.variables = variables;
    }

    void validated(Map<String, Double> found, long step) {
        if (stopping == null) {
            return;
        }
        Double value = found.get(stopping.metric());
        if (value == null) {
            throw new IllegalArgumentException("early stopping looks at metric \"" + stopping.metric()
                    + "\", which the validation does not have; it has " + found.keySet());
        }
        if (stopping.better(value, best)) {
            best = value;
            bestStep = step;
            worse = 0;
            if (stopping.restoreBest()) {
                variables.keep();
            }
        } else if (++worse > stopping.patience()) {
            reason = "validation " + stopping.metric() + " was no better than " + best + " of step " + bestStep + " in "
                    + worse + " validations";
            log.info("training ends at step {}: {}", step, reason);
        }
    }

    boolean over() {
        return !reason.isEmpty();
    }

    /** Why the training ended early, "" if it did not. */
    String reason() {
        return reason;
    }

    /** Gives the variables the best values, if that is asked for and there were any. */
    void finish() {
        variables.restore();
    }

    @Override
    public void close() {
        variables.close();
    }
}
