package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.tfcluster.training.ring.Ring;
import io.tfcluster.training.ring.Workers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.tensorflow.Tensor;

@Timeout(60)
class FitOptionsTest {
    private static final Rows ROWS = Rows.classes(600, 6, 1);
    private static final Rows OTHERS = Rows.classes(90, 6, 2);

    /** Gives the rows from {@code from} to {@code to} so many times, in batches of 5 at most; waits for nothing. */
    private static final class Epochs implements BatchSource {
        private final Rows rows;
        private final int from;
        private final int to;
        private final int epochs;
        private int epoch;
        private int at;
        boolean terminated;

        Epochs(Rows rows, int from, int to, int epochs) {
            this.rows = rows;
            this.from = from;
            this.to = to;
            this.epochs = epochs;
            this.at = from;
        }

        @Override
        public TrainingBatch next(int maxRows, BooleanSupplier makeDo) {
            if (epoch == epochs) {
                return new EpochBatch(Map.of(), 0, epoch, true, false);
            }
            int end = Math.min(to, at + Math.min(5, maxRows));
            boolean last = end == to;
            TrainingBatch batch = new EpochBatch(rows.tensors(at, end), end - at, epoch, false, last);
            at = last ? from : end;
            epoch += last ? 1 : 0;
            return batch;
        }

        @Override
        public void terminate() {
            terminated = true;
        }
    }

    private record EpochBatch(Map<String, Tensor> inputs, int rows, long epoch, boolean endOfData, boolean endOfEpoch)
            implements TrainingBatch {
        @Override
        public void close() {
            inputs.values().forEach(Tensor::close);
        }
    }

    private static Trainer trainer(double rate, Ring ring, TrainingListener listener) {
        return Trainer.allReduce(
                Models::mlp, ROWS.specs(), Models.config(Optimizer.sgd(rate)).build(), ring, listener);
    }

    @Test
    void workersValidateTogetherAfterEachEpochAndEpochsDoNotMix() throws Exception {
        int[] ends = {100, 130, 130}; // 100, 30 and no rows
        List<TrainingSummary> summaries = Workers.run(3, ring -> {
            List<StepInfo> steps = new ArrayList<>();
            try (Trainer trainer = trainer(0.1, ring, steps::add)) {
                int from = ring.rank() == 0 ? 0 : ends[ring.rank() - 1];
                TrainingSummary summary = trainer.fit(
                        new Epochs(ROWS, from, ends[ring.rank()], 3),
                        FitOptions.builder()
                                .validation(new Epochs(OTHERS, 30 * ring.rank(), 30 * ring.rank() + 30, 9))
                                .build());
                assertThat(steps).extracting(StepInfo::epoch).isSorted();
                assertThat(steps).extracting(StepInfo::globalRows).startsWith(10L);
                Map<String, Double> evaluated = trainer.evaluate(OTHERS.source(30 * ring.rank(), 30, 30));
                assertThat(summary.epochs().get(2).validation().get("loss"))
                        .isCloseTo(evaluated.get("loss"), within(1e-5));
                return summary;
            }
        });

        TrainingSummary first = summaries.get(0);
        assertThat(first.epochs()).hasSize(3);
        for (EpochResult epoch : first.epochs()) {
            assertThat(epoch.rows()).isEqualTo(130);
            assertThat(epoch.step()).isEqualTo(20 * (epoch.epoch() + 1));
            assertThat(epoch.validation()).containsOnlyKeys("loss", "accuracy");
        }
        assertThat(summaries.get(1).epochs()).isEqualTo(first.epochs());
        assertThat(summaries.get(2).epochs()).isEqualTo(first.epochs());
    }

    @Test
    void meansOfAnEpochAreThoseOfItsSteps() {
        List<StepInfo> steps = new ArrayList<>();
        try (Trainer trainer = trainer(0.1, Ring.single(), steps::add)) {
            TrainingSummary summary = trainer.fit(
                    new Epochs(ROWS, 0, 33, 2), FitOptions.builder().epochs(2).build());

            double sum = steps.stream()
                    .filter(step -> step.epoch() == 1)
                    .mapToDouble(step -> step.loss() * step.globalRows())
                    .sum();
            assertThat(summary.epochs()).hasSize(2);
            assertThat(summary.epochs().get(1).loss()).isCloseTo(sum / 33, within(1e-5));
        }
    }

    @Test
    void limitOfEpochsEndsTheTrainingOnAllWorkersAndTheFeed() throws Exception {
        List<Long> rows = Workers.run(2, ring -> {
            try (Trainer trainer = trainer(0.1, ring, TrainingListener.none())) {
                Epochs source = new Epochs(ROWS, 0, ring.rank() == 0 ? 23 : 40, 100);
                TrainingSummary summary =
                        trainer.fit(source, FitOptions.builder().epochs(4).build());
                assertThat(source.terminated).isTrue();
                return summary.globalRows();
            }
        });

        assertThat(rows).containsOnly(4 * 63L);
    }

    @Test
    void earlyStoppingEndsAndRestoresTheBestValues() throws Exception {
        List<Double> losses = Workers.run(2, ring -> {
            List<Double> validated = new ArrayList<>();
            try (Trainer trainer = trainer(60, ring, TrainingListener.none())) { // far too fast: it gets worse soon
                TrainingSummary summary = trainer.fit(
                        new Epochs(ROWS, 0, 50, 200),
                        FitOptions.builder()
                                .validation(new Epochs(OTHERS, 0, 90, 300))
                                .earlyStopping(EarlyStopping.minimize("loss").patience(2))
                                .every(
                                        Trigger.epochs(1),
                                        moment -> validated.add(
                                                moment.validation().get("loss")))
                                .build());
                double best = validated.stream()
                        .mapToDouble(Double::doubleValue)
                        .min()
                        .orElseThrow();
                assertThat(summary.stoppedEarly()).contains("validation loss was no better than " + best);
                assertThat(validated).hasSizeLessThan(200);
                assertThat(validated.indexOf(best)).isEqualTo(validated.size() - 4);
                assertThat(trainer.evaluate(OTHERS.source(0, 90, 90)).get("loss"))
                        .isCloseTo(best, withinPercentage(0.001)); // sums of floats, in any order
                return best;
            }
        });

        assertThat(losses.get(0)).isEqualTo(losses.get(1));
    }

    @Test
    void clockOfRankZeroDecidesForAllWorkers() throws Exception {
        List<List<Long>> moments = Workers.run(2, ring -> {
            List<Long> steps = new ArrayList<>();
            try (Trainer trainer = trainer(0.1, ring, TrainingListener.none())) {
                Duration interval = Duration.ofMillis(ring.rank() == 0 ? 50 : 1); // rank 1's is not asked
                AtomicInteger fired = new AtomicInteger();
                trainer.fit(
                        new Epochs(ROWS, 0, 600, 5_000),
                        FitOptions.builder()
                                .every(Trigger.every(interval), moment -> {
                                    steps.add(moment.step());
                                    fired.incrementAndGet();
                                })
                                .validation(new Epochs(OTHERS, 0, 9, 1_000), Trigger.steps(10))
                                .earlyStopping(EarlyStopping.minimize("loss").patience(4))
                                .build());
                return steps;
            }
        });

        assertThat(moments.get(0)).isEqualTo(moments.get(1));
    }

    @Test
    void mistakesAreToldBeforeTheTraining() {
        assertThatThrownBy(() -> FitOptions.builder()
                        .earlyStopping(EarlyStopping.minimize("loss"))
                        .build())
                .hasMessageContaining("give FitOptions a validation");
        assertThatThrownBy(() -> Trigger.steps(0)).hasMessageContaining("1 or more steps, got 0");
        try (Trainer trainer = trainer(0.1, Ring.single(), TrainingListener.none())) {
            assertThatThrownBy(() -> trainer.fit(
                            new Epochs(ROWS, 0, 10, 3),
                            FitOptions.builder()
                                    .validation(new Epochs(OTHERS, 0, 10, 3))
                                    .earlyStopping(EarlyStopping.maximize("f1"))
                                    .build()))
                    .hasMessageContaining("metric \"f1\"")
                    .hasMessageContaining("[loss, accuracy]");
        }
    }
}
