package io.tfcluster.training;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tensorflow.types.TFloat32;

/** A copy of all variables, in memory, of the moment when a metric was best. */
final class BestVariables implements AutoCloseable {
    private final Strategy strategy;
    private @Nullable TFloat32 values;

    BestVariables(Strategy strategy) {
        this.strategy = strategy;
    }

    /** Reads all variables; the caller closes the vector. */
    static TFloat32 read(Strategy strategy) {
        return (TFloat32) strategy.session()
                .run("reading the variables", Map.of(), List.of(FlatVariables.OUT), List.of())
                .get(0);
    }

    void keep() {
        if (!strategy.ownsVariables()) {
            return; // rank 0 has them
        }
        close();
        values = read(strategy);
    }

    /** Gives the variables the values that were kept, if any were. */
    void restore() {
        TFloat32 kept = values;
        if (kept != null && strategy.ownsVariables()) {
            strategy.session()
                    .run(
                            "restoring the best variables",
                            Map.of(FlatVariables.IN, kept),
                            List.of(),
                            List.of(FlatVariables.ASSIGN))
                    .close();
        }
    }

    @Override
    public void close() {
        if (values != null) {
            values.close();
            values = null;
        }
    }
}
