package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.tfcluster.training.layers.Layers;
import io.tfcluster.training.ring.Compression;
import io.tfcluster.training.ring.Ring;
import io.tfcluster.training.ring.RingException;
import io.tfcluster.training.ring.Workers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** Gradients that go in several buckets while TensorFlow computes: what one bucket gives, and nothing is left when it fails. */
@Timeout(120)
class OverlapTest {
    private static final int STEPS = 30;
    private static final int JOINED = 20;
    private static final long SMALL = 100;
    private static final Rows ROWS = Rows.classes(STEPS * JOINED, Networks.FEATURES, 11);

    static List<Optimizer> optimizers() {
        return List.of(
                Optimizer.adam(0.005),
                Optimizer.momentum(0.05, 0.9)
                        .withWeightDecay(WeightDecay.l2(0.01))
                        .withClipping(Clipping.byGlobalNorm(0.5)));
    }

    @AfterEach
    void noThreadIsLeft() {
        await("an executor has ended a moment before its thread")
                .untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                        .extracting(Thread::getName)
                        .noneMatch(name -> name.startsWith("gradients-")));
    }

    private static TrainerConfig.Builder config(Optimizer optimizer, long fusionBytes) {
        return Models.config(optimizer).threads(1, 2).fusionBytes(fusionBytes);
    }

    private static int[] all(int size) {
        int[] sizes = new int[STEPS];
        Arrays.fill(sizes, size);
        return sizes;
    }

    /** Ranks after the last part have no rows. */
    private static List<float[]> train(int workers, ModelFunction model, TrainerConfig config, int... parts)
            throws Exception {
        return Workers.run(workers, ring -> {
            int before =
                    Arrays.stream(parts, 0, Math.min(ring.rank(), parts.length)).sum();
            BatchSource source = ring.rank() < parts.length
                    ? ROWS.source(before, JOINED, all(parts[ring.rank()]))
                    : ROWS.source(0, 0);
            try (Trainer trainer = Trainer.allReduce(model, ROWS.specs(), config, ring, TrainingListener.none())) {
                TrainingSummary summary = trainer.fit(source);
                assertThat(summary.globalRows()).isEqualTo(STEPS * JOINED);
                assertThat(summary.steps()).isEqualTo(STEPS);
                return Models.variables(trainer);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void severalBucketsGiveTheBitsOfOne(Optimizer optimizer) throws Exception {
        TrainerConfig one = config(optimizer, Long.MAX_VALUE).build();
        TrainerConfig several = config(optimizer, SMALL).build();

        List<float[]> expected = train(2, Networks.all(), one, 13, 7);
        List<float[]> found = train(2, Networks.all(), several, 13, 7);

        assertThat(found.get(0)).isEqualTo(expected.get(0)); // two addends have one sum
        assertThat(found.get(1)).isEqualTo(expected.get(0));
    }

    @Test
    void workersWithoutRowsJoinEachBucket() throws Exception {
        Optimizer optimizer = Optimizer.adam(0.005);
        float[] expected;
        try (Trainer trainer = Trainer.allReduce(
                Networks::cnn,
                ROWS.specs(),
                config(optimizer, SMALL).build(),
                Ring.single(),
                TrainingListener.none())) {
            trainer.fit(ROWS.source(0, JOINED, all(JOINED)));
            expected = Models.variables(trainer);
        }

        List<float[]> found = train(4, Networks::cnn, config(optimizer, SMALL).build(), 13, 7);

        for (float[] variables : found) {
            assertThat(variables).isEqualTo(found.get(0)).hasSameSizeAs(expected);
        }
        for (int i = 0; i < expected.length; i++) {
            assertThat(found.get(0)[i]).isCloseTo(expected[i], within(1e-5f));
        }
    }

    @Test
    void nobodyHasRows() throws Exception {
        List<Long> steps = Workers.run(2, ring -> {
            try (Trainer trainer = mlp(ring, SMALL, Duration.ofSeconds(20))) {
                return trainer.fit(ROWS.source(0, 0)).steps();
            }
        });

        assertThat(steps).containsOnly(0L);
    }

    private static Trainer mlp(Ring ring, long fusionBytes, Duration stepTimeout) {
        TrainerConfig config =
                config(Optimizer.sgd(0.1), fusionBytes).stepTimeout(stepTimeout).build();
        return Trainer.allReduce(Models::mlp, ROWS.specs(), config, ring, TrainingListener.none());
    }

    /** Variables that are large enough to be compressed, two of them in a bucket of their own, and a state that is not compressed. */
    private static ModelSpec wide(ModelBuilder model) {
        Ops tf = model.tf();
        model.state("seen", Shape.of(3_000), Initializer.zeros());
        model.updateState("seen", tf.fill(tf.constant(new int[] {3_000}), tf.constant(1.2345678f)));
        Operand<TFloat32> hidden = tf.math.tanh(Layers.dense(model, "a", model.input("x", TFloat32.class), 200));
        hidden = tf.math.tanh(Layers.dense(model, "b", hidden, 100));
        Operand<TFloat32> logits = Layers.dense(model, "c", hidden, 3);
        return ModelSpec.builder()
                .loss(Layers.softmaxCrossEntropy(model, logits, model.input("label", TInt64.class), 0))
                .build();
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void bucketsAreCompressedAsOneVectorIs(Compression compression) throws Exception {
        Optimizer optimizer = Optimizer.momentum(0.02, 0.9);
        List<float[]> plain =
                train(2, OverlapTest::wide, config(optimizer, Long.MAX_VALUE).build(), 13, 7);
        List<float[]> found = train(
                2,
                OverlapTest::wide,
                config(optimizer, 20_000).compression(compression).build(),
                13,
                7);

        assertThat(found.get(1)).isEqualTo(found.get(0));
        float worst = 0;
        for (int i = 0; i < found.get(0).length; i++) {
            worst = Math.max(worst, Math.abs(plain.get(0)[i] - found.get(0)[i]));
        }
        if (compression == Compression.NONE) {
            assertThat(worst).isZero();
        } else {
            assertThat(worst).isPositive().isLessThan(2e-3f);
        }
        assertThat(Arrays.copyOf(found.get(0), 3_000))
                .usingComparatorWithPrecision(1e-6f)
                .containsOnly(1.2345678f); // states are not rounded
    }

    @Test
    void badLossStopsAllBeforeTheUpdateAndTheTrainerGoesOn() throws Exception {
        Rows bad = new Rows(new float[][] {new float[Networks.FEATURES]}, new long[] {0});
        bad.x[0][3] = Float.NaN;
        List<float[]> variables = Workers.run(2, ring -> {
            try (Trainer trainer = mlp(ring, SMALL, Duration.ofSeconds(20))) {
                trainer.fit(ROWS.source(0, 5, 5, 5));
                float[] before = Models.variables(trainer);
                BatchSource source = ring.rank() == 1 ? bad.source(0, 0, 1) : ROWS.source(0, 5, 5);
                assertThatThrownBy(() -> trainer.fit(source))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("loss of step 3 is NaN or infinite on rank 1 of 2");
                assertThat(Models.variables(trainer)).isEqualTo(before);
                assertThat(trainer.fit(ROWS.source(0, 5, 5)).steps()).isEqualTo(3);
                return Models.variables(trainer);
            }
        });

        assertThat(variables.get(0)).doesNotContain(Float.NaN).isEqualTo(variables.get(1));
    }

    @Test
    void stepsThatAlsoFetchPicturesGiveTheSameBits(@TempDir Path folder) throws Exception {
        ModelFunction pictured = model -> {
            Operand<TFloat32> x = model.input("x", TFloat32.class);
            return ModelSpec.builder()
                    .loss(Models.mlp(model).loss().orElseThrow())
                    .image("x", model.tf().reshape(x, model.tf().constant(new int[] {-1, 4, 4, 1})))
                    .build();
        };
        Summaries summaries = Summaries.in(folder.toString()).images(Trigger.steps(7), 2);
        TrainerConfig.Builder config = config(Optimizer.adam(0.01), SMALL);

        List<float[]> expected = train(2, pictured, config.build(), 13, 7);
        List<float[]> found = train(2, pictured, config.summaries(summaries).build(), 13, 7);

        assertThat(found.get(0)).isEqualTo(expected.get(0));
        assertThat(EventFiles.values(EventFiles.in(folder.resolve("train")), "x/image/0"))
                .containsKeys(7L, 14L);
    }

    @Test
    void peersWithOtherBucketsAreToldSo() throws Exception {
        List<String> told = Workers.run(2, ring -> {
            try (Trainer trainer = mlp(ring, ring.rank() == 0 ? SMALL : Long.MAX_VALUE, Duration.ofSeconds(5))) {
                trainer.fit(ROWS.source(0, 5, 5));
                return "nothing";
            } catch (RingException e) {
                return String.valueOf(e.getMessage());
            }
        });

        // Who finds out first closes, and the other one may see only that.
        assertThat(told).doesNotContain("nothing").anyMatch(text -> text.contains("computes something else"));
    }

    @Test
    void lostPeerEndsTheStepWithTheVariablesOfTheLastOne() throws Exception {
        AtomicReference<Ring> other = new AtomicReference<>();
        List<Object> outcomes = Workers.run(2, ring -> {
            if (ring.rank() == 1) {
                other.set(ring);
            }
            try (Trainer trainer = mlp(ring, SMALL, Duration.ofSeconds(5))) {
                trainer.fit(ROWS.source(0, 5, 5, 5));
                float[] before = Models.variables(trainer);
                try {
                    return trainer.fit((max, makeDo) -> {
                        if (ring.rank() == 0) {
                            other.get().close();
                        }
                        return ROWS.batch(0, 5, false);
                    });
                } catch (RingException | IllegalStateException e) {
                    assertThat(Models.variables(trainer)).isEqualTo(before);
                    return e;
                }
            }
        });

        assertThat(outcomes.get(0))
                .isInstanceOfSatisfying(
                        RingException.class, e -> assertThat(e.peerRank()).isEqualTo(1));
    }

    @Test
    void failureOfTensorFlowEndsTheStepOfAll() throws Exception {
        Rows bad = new Rows(new float[][] {new float[Networks.FEATURES]}, new long[] {0});
        bad.x[0][3] = Float.NaN;
        ModelFunction checked = model -> {
            Operand<TFloat32> x = model.tf().debugging.checkNumerics(model.input("x", TFloat32.class), "rows are bad");
            return ModelSpec.builder()
                    .loss(model.tf()
                            .math
                            .add(
                                    Models.mlp(model).loss().orElseThrow(),
                                    Layers.mean(
                                            model,
                                            model.tf().reduceMax(x, model.tf().constant(1)))))
                    .build();
        };
        List<RuntimeException> outcomes = Workers.run(2, ring -> {
            TrainerConfig config = config(Optimizer.sgd(0.1), SMALL).build();
            try (Trainer trainer = Trainer.allReduce(checked, ROWS.specs(), config, ring, TrainingListener.none())) {
                trainer.fit(ROWS.source(0, 5, 5, 5));
                try {
                    trainer.fit(ring.rank() == 1 ? bad.source(0, 0, 1) : ROWS.source(0, 5, 5));
                    throw new AssertionError("it did not fail");
                } catch (RuntimeException e) {
                    ring.close();
                    return e;
                }
            }
        });

        assertThat(outcomes.get(0)).isInstanceOf(RingException.class);
        assertThat(outcomes.get(1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("step 3 on rank 1 failed")
                .hasMessageContaining("rows are bad");
    }

    /** Its loss waits for a number that nobody puts into a queue. */
    private static ModelSpec hanging(ModelBuilder model) {
        Ops tf = model.tf();
        @SuppressWarnings("unchecked") // the queue holds floats
        Operand<TFloat32> never = (Operand<TFloat32>)
                (Operand<?>) tf.io.queueDequeue(tf.io.fifoQueue(List.of(TFloat32.class)), List.of(TFloat32.class))
                        .iterator()
                        .next();
        Operand<TFloat32> loss = Models.mlp(model).loss().orElseThrow();
        return ModelSpec.builder()
                .loss(tf.math.add(loss, tf.reshape(never, tf.constant(new int[0]))))
                .build();
    }

    @Test
    void stepThatHangsMeetsItsTimeout() throws Exception {
        Duration limit = Duration.ofSeconds(1);
        List<Duration> took = Workers.run(2, ring -> {
            TrainerConfig config =
                    config(Optimizer.sgd(0.1), SMALL).stepTimeout(limit).build();
            try (Trainer trainer =
                    Trainer.allReduce(OverlapTest::hanging, ROWS.specs(), config, ring, TrainingListener.none())) {
                long begun = System.nanoTime();
                assertThatThrownBy(() -> trainer.fit(ROWS.source(0, 5, 5)))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("step 1 on rank " + ring.rank() + " took longer than stepTimeout PT1S");
                return Duration.ofNanos(System.nanoTime() - begun);
            }
        });

        assertThat(took).allSatisfy(each -> assertThat(each).isBetween(limit, limit.plusSeconds(8)));
    }

    @Test
    void closeFromAnotherThreadEndsAStepThatHangs() throws Exception {
        List<Duration> took = Workers.run(2, ring -> {
            TrainerConfig config = config(Optimizer.sgd(0.1), SMALL).build();
            try (Trainer trainer =
                    Trainer.allReduce(OverlapTest::hanging, ROWS.specs(), config, ring, TrainingListener.none())) {
                Thread closer = new Thread(trainer::close, "closer");
                long begun = System.nanoTime();
                assertThatThrownBy(() -> trainer.fit((max, makeDo) -> {
                            closer.start();
                            return ROWS.batch(0, 5, false);
                        }))
                        .isInstanceOf(IllegalStateException.class);
                closer.join(Duration.ofSeconds(10).toMillis());
                assertThat(closer.isAlive()).isFalse();
                return Duration.ofNanos(System.nanoTime() - begun);
            }
        });

        assertThat(took).allSatisfy(each -> assertThat(each).isLessThan(Duration.ofSeconds(5)));
    }

    @Test
    void bucketsAreCutFromTheEndAndTheTailGoesFirst() {
        TrainerConfig config = config(Optimizer.sgd(0.1), SMALL).build();
        try (TrainGraph graph = new TrainGraph(Networks::normalisedCnn, ROWS.specs(), config, 0)) {
            List<VariableStore.Variable> changing = graph.changing();
            List<FusionBucket> buckets = FusionBucket.cut(changing, graph.tail(), SMALL);

            assertThat(buckets.get(0).variables()).isNotEmpty().noneMatch(VariableStore.Variable::trainable);
            assertThat(buckets.get(0).tail()).isEqualTo(graph.tail());
            assertThat(buckets.subList(1, buckets.size()))
                    .hasSizeGreaterThan(1)
                    .allMatch(bucket -> bucket.tail() == 0 && bucket.learned() == bucket.elements());
            assertThat(buckets.subList(1, buckets.size() - 1)).allMatch(bucket -> bucket.elements() * 4L >= SMALL);
            assertThat(buckets.get(1).variables())
                    .extracting(each -> each.name())
                    .contains("norm/out/bias");
            assertThat(buckets.stream()
                            .flatMap(bucket -> bucket.variables().stream())
                            .toList())
                    .containsExactlyInAnyOrderElementsOf(changing);
            assertThat(FusionBucket.cut(changing, graph.tail(), Long.MAX_VALUE))
                    .containsExactly(new FusionBucket(0, changing, graph.tail()));
        }
    }

    @Test
    void fusionBytesMustBePositive() {
        assertThatThrownBy(() -> config(Optimizer.sgd(0.1), 0).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("fusionBytes must be 1 or more, got 0");
        assertThat(Map.of("bytes", config(Optimizer.sgd(0.1), 7).build().fusionBytes()))
                .containsEntry("bytes", 7L);
    }
}
