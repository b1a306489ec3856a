package io.tfcluster.training;

import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tensorflow.Result;
import org.tensorflow.TensorBytes;
import org.tensorflow.types.TFloat32;

/**
 * Writes a trainer's {@link Summaries}; does nothing on all ranks but 0, and if there are none.
 *
 * <p>Files are opened with the first thing to write. What cannot be written is told once in the log, and training goes on without
 * summaries.
 */
final class TrainingSummaries implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(TrainingSummaries.class);

    private final @Nullable Summaries summaries;
    private final Schedule schedule;
    private final TrainGraph graph;
    private final Supplier<TFloat32> variables;
    private final Map<String, String> pictures;
    private final Due scalarsDue;
    private final Due histogramsDue;
    private final Due picturesDue;
    private @Nullable SummaryWriter train;
    private @Nullable SummaryWriter validation;
    private boolean failed;
    private @Nullable StepInfo last;
    private long written;
    private long epochsEnded;
    private long rows;
    private Duration waited = Duration.ZERO;
    private Duration worked = Duration.ZERO;

    /** {@code variables} reads all of them, one after the other. */
    TrainingSummaries(TrainerConfig config, TrainGraph graph, int rank, Supplier<TFloat32> variables) {
        this.summaries = rank == 0 ? config.summaries().orElse(null) : null;
        this.schedule = config.optimizer().schedule();
        this.graph = graph;
        this.variables = variables;
        this.pictures = graph.pictures();
        this.scalarsDue = new Due(summaries == null ? null : summaries.scalars());
        this.histogramsDue = new Due(summaries == null ? null : summaries.histograms());
        this.picturesDue = new Due(summaries == null || pictures.isEmpty() ? null : summaries.images());
        this.picturesDue.withNextStep();
    }

    /** Called before the first step of a fit, with the number of the steps before it. */
    synchronized void begin(long step) {
        last = null;
        epochsEnded = 0;
        for (Due due : List.of(scalarsDue, histogramsDue, picturesDue)) {
            due.begin(step);
        }
        attempt(() -> train(step + 1));
    }

    /**
     * Returns which tensors to fetch with the run of this step, so that what is random in them is drawn once; usually none.
     *
     * @param step the number that the step will have
     */
    synchronized List<String> pictures(long step) {
        boolean off = summaries == null || failed || pictures.isEmpty();
        return off || !picturesDue.step(step) ? List.of() : List.copyOf(pictures.values());
    }

    /** Writes the pictures that were asked for, which are in the result from index {@code from} on. */
    synchronized void pictures(long step, Result result, int from) {
        attempt(() -> {
            int index = from;
            for (String name : pictures.keySet()) {
                train(step).images(name, step, result.get(index++), Integer.MAX_VALUE);
            }
        });
    }

    /** Called after each step. */
    synchronized void step(StepInfo info) {
        if (summaries == null || failed) {
            return;
        }
        if (last != null && info.epoch() > last.epoch()) {
            epoch(last.epoch());
        }
        last = info;
        rows += info.globalRows();
        waited = waited.plus(info.feedWait());
        worked = worked.plus(info.feedWait()).plus(info.compute()).plus(info.communicate());
        if (scalarsDue.step(info.step())) {
            scalars(info);
        }
        if (histogramsDue.step(info.step())) {
            histograms(info.step());
        }
    }

    /** Called when an epoch, counted from 0, has ended; a second call for the same epoch does nothing. */
    synchronized void epoch(long epoch) {
        if (summaries == null || failed || last == null || epoch < epochsEnded) {
            return;
        }
        epochsEnded = epoch + 1;
        if (scalarsDue.epoch(epoch)) {
            scalars(last);
        }
        if (histogramsDue.epoch(epoch)) {
            histograms(last.step());
        }
        if (picturesDue.epoch(epoch)) {
            picturesDue.withNextStep();
        }
    }

    /** Called when a fit has ended: the last epoch with it, as far as it went. */
    synchronized void end() {
        if (last != null) {
            epoch(last.epoch());
        }
        if (train != null) {
            train.flush();
        }
    }

    /** Writes what an evaluation gave; NaN, which it gives without rows, is left out. */
    synchronized void validation(long step, Map<String, Double> values) {
        if (summaries == null) {
            return;
        }
        Map<String, Double> finite = new LinkedHashMap<>(values);
        finite.values().removeIf(value -> value.isNaN());
        Summaries wanted = summaries;
        attempt(() -> {
            SummaryWriter writer = validation == null ? wanted.open("validation") : validation;
            validation = writer;
            writer.scalars(step, finite);
            writer.flush();
        });
    }

    private void scalars(StepInfo info) {
        if (info.step() == written) {
            return; // an epoch ended with it
        }
        written = info.step();
        Map<String, Double> values = new LinkedHashMap<>();
        values.put(Tally.LOSS, info.loss());
        values.putAll(info.metrics());
        values.put("learning_rate", (double) schedule.at(info.step() - 1));
        double seconds = worked.toNanos() / 1e9;
        if (seconds > 0) {
            values.put("rows_per_second", rows / seconds);
            values.put("feed_wait", waited.toNanos() / 1e9 / seconds);
        }
        rows = 0;
        waited = Duration.ZERO;
        worked = Duration.ZERO;
        attempt(() -> train(info.step()).scalars(info.step(), values));
    }

    private void histograms(long step) {
        attempt(() -> {
            try (TFloat32 read = variables.get()) {
                FloatBuffer all = TensorBytes.of(read).asFloatBuffer();
                for (VariableStore.Variable variable : graph.variables()) {
                    FloatBuffer values = all.slice().limit(variable.size());
                    all.position(all.position() + variable.size());
                    histogram(variable.name(), step, values);
                }
            }
        });
    }

    private void histogram(String name, long step, FloatBuffer values) {
        try {
            train(step).histogram(name, step, values);
        } catch (IllegalArgumentException e) { // the others may be well, and show which one went wrong first
            log.warn("no histogram of {} at step {}: {}", name, step, e.getMessage());
        }
    }

    private SummaryWriter train(long step) {
        if (train == null) {
            if (summaries == null) {
                throw new IllegalStateException("no summaries are wanted");
            }
            train = summaries.open("train");
            train.begins(step);
            if (summaries.graph()) {
                train.graph(graph.graph());
            }
        }
        return train;
    }

    private void attempt(Runnable write) {
        if (summaries == null || failed) {
            return;
        }
        try {
            write.run();
        } catch (UncheckedIOException | IllegalArgumentException | IllegalStateException e) {
            failed = true;
            log.warn("event files in {} cannot be written; training goes on without", summaries.directory(), e);
        }
    }

    /** Closes the files. On this host that takes milliseconds, with a store at most 40 s. */
    @Override
    public synchronized void close() {
        failed = true; // nothing more is written
        if (train != null) {
            train.close();
        }
        if (validation != null) {
            validation.close();
        }
    }
}
