package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tfcluster.training.ring.Ring;
import io.tfcluster.training.ring.RingException;
import io.tfcluster.training.ring.Workers;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class AllReduceTest {
    private static final int STEPS = 50;
    private static final Rows ROWS = Rows.classes(STEPS * 20, 6, 1);

    static List<Optimizer> optimizers() {
        return List.of(
                Optimizer.sgd(0.3),
                Optimizer.momentum(0.1, 0.9),
                new Optimizer.Momentum(Schedule.warmUp(10, Schedule.cosine(0.1, 40)), 0.9f, true),
                Optimizer.adam(0.01));
    }

    private static int[] all(int size) {
        int[] sizes = new int[STEPS];
        java.util.Arrays.fill(sizes, size);
        return sizes;
    }

    private static Trainer trainer(Optimizer optimizer, Ring ring, TrainingListener listener) {
        return Trainer.allReduce(
                Models::mlp, ROWS.specs(), Models.config(optimizer).build(), ring, listener);
    }

    /** What one process makes of the joined batches: 20 rows a step. */
    private static float[] alone(Optimizer optimizer) {
        try (Trainer trainer = trainer(optimizer, Ring.single(), TrainingListener.none())) {
            TrainingSummary summary = trainer.fit(ROWS.source(0, 20, all(20)));
            assertThat(summary.steps()).isEqualTo(STEPS);
            assertThat(summary.rows()).isEqualTo(STEPS * 20);
            return Models.variables(trainer);
        }
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void unevenWorkersAndOneWithoutRowsEqualOneProcessOnTheJoinedBatch(Optimizer optimizer) throws Exception {
        float[] expected = alone(optimizer);

        List<float[]> found = Workers.run(3, ring -> {
            try (Trainer trainer = trainer(optimizer, ring, TrainingListener.none())) {
                BatchSource source = ring.rank() == 0
                        ? ROWS.source(0, 20, all(13))
                        : ring.rank() == 1 ? ROWS.source(13, 20, all(7)) : ROWS.source(0, 0);
                TrainingSummary summary = trainer.fit(source);
                assertThat(summary.globalRows()).isEqualTo(STEPS * 20);
                return Models.variables(trainer);
            }
        });

        assertThat(found.get(1)).isEqualTo(found.get(0));
        assertThat(found.get(2)).isEqualTo(found.get(0));
        assertThat(found.get(0)).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(found.get(0)[i]).isCloseTo(expected[i], within(1e-5f));
        }
    }

    @Test
    void learnsAndReportsExactMeansOverAllWorkers() throws Exception {
        List<List<StepInfo>> steps = Workers.run(2, ring -> {
            List<StepInfo> infos = new ArrayList<>();
            try (Trainer trainer = trainer(Optimizer.adam(0.02), ring, infos::add)) {
                trainer.fit(ROWS.source(ring.rank() * 10, 20, all(10)));
                Map<String, Double> means =
                        trainer.evaluate(ROWS.source(0, 100, ring.rank() == 0 ? new int[] {100} : new int[] {300, 7}));
                assertThat(means.get("accuracy")).isGreaterThan(0.8);
                assertThat(means.get("loss")).isLessThan(0.6);
            }
            return infos;
        });

        assertThat(steps.get(0)).hasSize(STEPS);
        for (int i = 0; i < STEPS; i++) {
            StepInfo one = steps.get(0).get(i);
            StepInfo other = steps.get(1).get(i);
            assertThat(one.step()).isEqualTo(i + 1);
            assertThat(one.globalRows()).isEqualTo(20);
            assertThat(one.localRows()).isEqualTo(10);
            assertThat(one.loss()).isEqualTo(other.loss());
            assertThat(one.metrics()).containsOnlyKeys("accuracy").isEqualTo(other.metrics());
        }
        assertThat(steps.get(0).get(STEPS - 1).loss())
                .isLessThan(steps.get(0).get(0).loss());
    }

    @Test
    void evaluationIsTheSameForOneProcessAndSeveral() throws Exception {
        Map<String, Double> expected;
        try (Trainer trainer = trainer(Optimizer.sgd(0.1), Ring.single(), TrainingListener.none())) {
            expected = trainer.evaluate(ROWS.source(0, 50, 50, 50, 33));
        }

        List<Map<String, Double>> found = Workers.run(3, ring -> {
            try (Trainer trainer = trainer(Optimizer.sgd(0.1), ring, TrainingListener.none())) {
                return trainer.evaluate(
                        ring.rank() == 0
                                ? ROWS.source(0, 0, 50)
                                : ring.rank() == 1 ? ROWS.source(50, 50, 50, 33) : ROWS.source(0, 0));
            }
        });

        for (Map<String, Double> means : found) {
            assertThat(means.get("loss")).isCloseTo(expected.get("loss"), within(1e-5));
            assertThat(means.get("accuracy")).isCloseTo(expected.get("accuracy"), within(1e-5));
        }
    }

    @Test
    void unevenEndsLoseNoRow() throws Exception {
        List<TrainingSummary> summaries = Workers.run(3, ring -> {
            try (Trainer trainer = trainer(Optimizer.sgd(0.1), ring, TrainingListener.none())) {
                int[] sizes = new int[ring.rank() * 7];
                java.util.Arrays.fill(sizes, 5);
                return trainer.fit(ROWS.source(0, 5, sizes));
            }
        });

        assertThat(summaries).extracting(TrainingSummary::rows).containsExactly(0L, 35L, 70L);
        assertThat(summaries).extracting(TrainingSummary::globalRows).containsOnly(105L);
        assertThat(summaries)
                .extracting(TrainingSummary::steps)
                .containsOnly(summaries.get(0).steps());
    }

    @Test
    void workerThatWaitsForRowsJoinsItsPeersSteps() throws Exception {
        AtomicBoolean ended = new AtomicBoolean();
        List<TrainingSummary> summaries = Workers.run(2, ring -> {
            try (Trainer trainer = trainer(Optimizer.sgd(0.1), ring, TrainingListener.none())) {
                if (ring.rank() == 1) {
                    return trainer.fit(Rows.idle(ended::get));
                }
                BatchSource rows = ROWS.source(0, 20, all(20));
                return trainer.fit((max, makeDo) -> {
                    TrainingBatch batch = rows.next(max, makeDo);
                    ended.compareAndSet(false, batch.endOfData());
                    return batch;
                });
            }
        });

        assertThat(summaries).extracting(TrainingSummary::globalRows).containsOnly(STEPS * 20L);
        assertThat(summaries.get(1).rows()).isZero();
    }

    @Test
    void lastStepIsTheSameForAllAndFitMayGoOnLater() throws Exception {
        List<Long> steps = Workers.run(2, ring -> {
            TrainerConfig config = Models.config(Optimizer.sgd(0.1)).maxSteps(5).build();
            try (Trainer trainer =
                    Trainer.allReduce(Models::mlp, ROWS.specs(), config, ring, TrainingListener.none())) {
                trainer.fit(ROWS.source(0, 5, 5, 5));
                assertThat(trainer.step()).isEqualTo(2);
                return trainer.fit(ROWS.source(0, 5, all(5))).steps();
            }
        });

        assertThat(steps).containsOnly(5L);
    }

    @Test
    void badLossStopsAllBeforeTheUpdateAndNamesStepAndRank() throws Exception {
        Rows bad = new Rows(new float[][] {{Float.NaN, 0, 0, 0, 0, 0}}, new long[] {0});
        List<String> messages = Collections.synchronizedList(new ArrayList<>());
        List<float[]> variables = Workers.run(2, ring -> {
            try (Trainer trainer = trainer(Optimizer.sgd(0.1), ring, TrainingListener.none())) {
                trainer.fit(ROWS.source(0, 5, 5, 5));
                float[] before = Models.variables(trainer);
                BatchSource source = ring.rank() == 1 ? bad.source(0, 0, 1) : ROWS.source(0, 5, 5);
                assertThatThrownBy(() -> trainer.fit(source))
                        .isInstanceOf(IllegalStateException.class)
                        .satisfies(e -> messages.add(e.getMessage()));
                assertThat(Models.variables(trainer)).isEqualTo(before);
                return before;
            }
        });

        assertThat(variables).hasSize(2);
        assertThat(messages)
                .hasSize(2)
                .allSatisfy(text -> assertThat(text)
                        .contains("loss of step 3 is NaN or infinite on rank 1 of 2", "as after step 2"));
    }

    @Test
    void peerThatHangsMeetsTheStepTimeoutWithItsRank() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        List<Object> outcomes = Workers.run(2, ring -> {
            TrainerConfig config = Models.config(Optimizer.sgd(0.1))
                    .stepTimeout(java.time.Duration.ofSeconds(3))
                    .build();
            try (Trainer trainer =
                    Trainer.allReduce(Models::mlp, ROWS.specs(), config, ring, TrainingListener.none())) {
                BatchSource rows = ROWS.source(0, 5, all(5));
                int[] calls = {0};
                return trainer.fit((max, makeDo) -> {
                    while (ring.rank() == 1 && calls[0]++ == 3 && !over.get()) {
                        calls[0] = 3; // a source that does not make do, as a process that is stopped
                        Thread.onSpinWait();
                    }
                    return rows.next(max, makeDo);
                });
            } catch (RingException e) {
                over.set(true);
                return e;
            }
        });

        assertThat(outcomes.get(0))
                .isInstanceOfSatisfying(
                        RingException.class,
                        e -> assertThat(e)
                                .hasMessageContaining("rank 1 at /127.0.0.1:")
                                .hasMessageContaining("did not begin within PT3S"));
    }

    @Test
    void deathOfAPeerEndsTheFitWithItsRank() throws Exception {
        List<Object> outcomes = Workers.run(2, ring -> {
            try (Trainer trainer = trainer(Optimizer.sgd(0.1), ring, TrainingListener.none())) {
                if (ring.rank() == 1) {
                    trainer.fit(ROWS.source(0, 5, 5));
                    return "never";
                }
                BatchSource rows = ROWS.source(0, 5, all(5));
                int[] calls = {0};
                return trainer.fit((max, makeDo) -> {
                    if (calls[0]++ == 3) {
                        ring.close();
                    }
                    return rows.next(max, makeDo);
                });
            } catch (IllegalStateException | RingException e) {
                return e;
            }
        });

        assertThat(outcomes.get(1))
                .isInstanceOfSatisfying(
                        RingException.class, e -> assertThat(e.peerRank()).isZero());
    }
}
