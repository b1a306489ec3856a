package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tfcluster.training.layers.Layers;
import io.tfcluster.training.layers.Metrics;
import io.tfcluster.training.ring.Ring;
import io.tfcluster.training.ring.Workers;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * Scores and labels as features of rows, so that what is reported is known: by Keras (expected.py), for one process and for three.
 *
 * <p>A row is five scores and a probability; its label is class + 5 * answer.
 */
@Timeout(60)
class MetricsTest {
    private static final int COUNT = 97;
    private static final int CLASSES = 5;
    private static final double THRESHOLD = 0.4;
    private static final Rows ROWS = rows();
    private static Map<String, Double> alone = Map.of();

    private static Rows rows() {
        float[] chance = Expected.fill(1, COUNT);
        float[] scores = Expected.fill(2, COUNT * CLASSES);
        float[][] x = new float[COUNT][];
        long[] label = new long[COUNT];
        for (int i = 0; i < COUNT; i++) {
            x[i] = Arrays.copyOfRange(scores, i * CLASSES, (i + 1) * CLASSES + 1);
            x[i][CLASSES] = chance[i] + 0.5f;
            int answer = (i * i * 3 + i) % 7 < 3 ? 1 : 0;
            int which = ((i * i * 7 + i * 37 + 33) % 97) % CLASSES + CLASSES * answer;
            label[i] = which;
        }
        return new Rows(x, label);
    }

    private static ModelSpec model(ModelBuilder model) {
        Ops tf = model.tf();
        Operand<TFloat32> x = model.input("x", TFloat32.class);
        Operand<TInt64> label = model.input("label", TInt64.class);
        Operand<TInt64> five = tf.constant((long) CLASSES);
        Operand<TInt64> which = tf.math.floorMod(label, five);
        Operand<TInt64> answer = tf.math.floorDiv(label, five);
        Operand<TFloat32> scores = tf.slice(x, tf.constant(new int[] {0, 0}), tf.constant(new int[] {-1, CLASSES}));
        Operand<TFloat32> chance = tf.slice(x, tf.constant(new int[] {0, CLASSES}), tf.constant(new int[] {-1, 1}));
        Operand<TFloat32> wanted = tf.oneHot(which, tf.constant(CLASSES), tf.constant(1f), tf.constant(0f));
        ModelSpec.Builder spec = ModelSpec.builder()
                .loss(Layers.mean(model, tf.math.mul(x, model.variable("w", Shape.scalar(), Initializer.ones()))))
                .metric("accuracy", Metrics.accuracy(model, scores, which))
                .metric("top2", Metrics.topK(model, scores, which, 2))
                .metric("binary_accuracy", Metrics.binaryAccuracy(model, chance, answer, THRESHOLD))
                .metric("precision", Metrics.precision(model, chance, answer, THRESHOLD))
                .metric("recall", Metrics.recall(model, chance, answer, THRESHOLD))
                .metric("f1", Metrics.f1(model, chance, answer, THRESHOLD))
                .metric("macro_f1", Metrics.macroF1(model, scores, which))
                .metric("macro_precision", Metrics.macroPrecision(model, scores, which))
                .metric("macro_recall", Metrics.macroRecall(model, scores, which))
                .metric("roc", Metrics.rocAuc(model, chance, answer))
                .metric("pr", Metrics.prAuc(model, chance, answer))
                .metric("mse", Metrics.meanSquaredError(model, scores, wanted))
                .metric("mae", Metrics.meanAbsoluteError(model, scores, wanted))
                .metric("rmse", Metrics.rootMeanSquaredError(model, scores, wanted));
        for (int i = 0; i < CLASSES; i++) {
            spec.metric("precision_of_" + i, Metrics.precisionOfClass(model, scores, which, i))
                    .metric("recall_of_" + i, Metrics.recallOfClass(model, scores, which, i));
            for (int j = 0; j < CLASSES; j++) {
                spec.metric("confusion_" + i + "_" + j, Metrics.confusion(model, scores, which, i, j));
            }
        }
        return spec.build();
    }

    private static Map<String, Double> evaluated(Ring ring, BatchSource source) {
        try (Trainer trainer = Trainer.allReduce(
                MetricsTest::model,
                ROWS.specs(),
                Models.config(Optimizer.sgd(0.1)).build(),
                ring,
                TrainingListener.none())) {
            return trainer.evaluate(source);
        }
    }

    @BeforeAll
    static void evaluateAlone() {
        alone = evaluated(Ring.single(), ROWS.source(0, 0, COUNT));
    }

    @Test
    void numbersAreThoseOfKeras() {
        double precisions = 0;
        double recalls = 0;
        for (Map.Entry<String, Double> metric : alone.entrySet()) {
            if (Expected.has("metric/" + metric.getKey())) {
                assertThat(metric.getValue())
                        .describedAs(metric.getKey())
                        .isCloseTo(Expected.of("metric/" + metric.getKey())[0], within(1e-6));
            }
        }
        double[] confusion = Expected.of("metric/confusion");
        for (int i = 0; i < CLASSES; i++) {
            precisions += Expected.of("metric/precision_of_" + i)[0];
            recalls += Expected.of("metric/recall_of_" + i)[0];
            for (int j = 0; j < CLASSES; j++) {
                assertThat(alone.get("confusion_" + i + "_" + j)).isEqualTo(confusion[i * CLASSES + j]);
            }
        }
        assertThat(alone.get("macro_precision")).isCloseTo(precisions / CLASSES, within(1e-6));
        assertThat(alone.get("macro_recall")).isCloseTo(recalls / CLASSES, within(1e-6));
        assertThat(alone.keySet().stream().filter(name -> Expected.has("metric/" + name)))
                .hasSize(22);
    }

    @Test
    void threeWorkersWithUnevenRowsReportWhatOneDoes() throws Exception {
        List<Map<String, Double>> found = Workers.run(
                3,
                ring -> evaluated(
                        ring,
                        switch (ring.rank()) {
                            case 0 -> ROWS.source(0, 41, 41, 30); // rows 0 to 70
                            case 1 -> ROWS.source(71, 0, 1);
                            default -> ROWS.source(72, 7, 7, 7, 7, 4);
                        }));

        assertThat(found.get(1)).isEqualTo(found.get(0));
        assertThat(found.get(2)).isEqualTo(found.get(0));
        List<String> rounded = List.of("loss", "mse", "mae", "rmse"); // their sums are not whole numbers
        found.get(0)
                .forEach((name, value) -> assertThat(value)
                        .describedAs(name)
                        .isCloseTo(alone.get(name), within(rounded.contains(name) ? 1e-7 : 1e-12)));
    }

    @Test
    void mistakesAreTold() {
        assertThatThrownBy(() -> TestModel.values(false, model -> {
                    Metrics.precision(
                            model,
                            model.tf().constant(new float[] {1}),
                            model.tf().constant(new long[] {1}),
                            1);
                    return model.tf().constant(0f);
                }))
                .hasMessageContaining("a threshold must be 0 to below 1, got 1.0");
        assertThatThrownBy(() -> TestModel.values(false, model -> {
                    Metrics.recallOfClass(
                            model,
                            model.tf().constant(new float[][] {{1, 2}}),
                            model.tf().constant(new long[] {1}),
                            2);
                    return model.tf().constant(0f);
                }))
                .hasMessageContaining("classes are 0 to 1, got 2");
    }
}
