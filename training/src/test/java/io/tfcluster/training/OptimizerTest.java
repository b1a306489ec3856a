package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tfcluster.training.layers.Losses;
import io.tfcluster.training.ring.Ring;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * Four variables, ((x · w + b) · u + c - t)² as the loss, 25 steps with a rate that falls: against the formulas in doubles, and against
 * what Keras and TensorFlow for Python make of the same (expected.py).
 */
@Timeout(60)
class OptimizerTest {
    private static final int STEPS = 25;
    private static final int COUNT = 8;
    private static final List<String> NAMES = List.of("hidden/kernel", "hidden/bias", "out/kernel", "out/bias");
    private static final int[] SIZES = {6, 2, 2, 1};
    private static final Rows ROWS = rows();

    private static Rows rows() {
        float[] flat = Expected.fill(1, COUNT * 3);
        float[][] x = new float[COUNT][];
        long[] label = new long[COUNT];
        for (int i = 0; i < COUNT; i++) {
            x[i] = Arrays.copyOfRange(flat, i * 3, i * 3 + 3);
            label[i] = i % 3;
        }
        return new Rows(x, label);
    }

    private static ModelSpec model(ModelBuilder model) {
        Ops tf = model.tf();
        Operand<TFloat32> hidden = tf.math.add(
                tf.linalg.matMul(model.input("x", TFloat32.class), variable(model, 0, 3, 2)), variable(model, 1, 2));
        Operand<TFloat32> out = tf.math.add(tf.linalg.matMul(hidden, variable(model, 2, 2, 1)), variable(model, 3, 1));
        return ModelSpec.builder()
                .loss(Losses.meanSquaredError(model, out, model.input("label", TInt64.class)))
                .build();
    }

    private static Operand<TFloat32> variable(ModelBuilder model, int index, long... shape) {
        return model.variable(
                NAMES.get(index), Shape.of(shape), Initializer.of(Expected.fill(2 + index, SIZES[index])));
    }

    /** Gradients of the loss by the chain rule. */
    private static List<double[]> gradients(List<double[]> v) {
        List<double[]> gradients = new ArrayList<>();
        for (int size : SIZES) {
            gradients.add(new double[size]);
        }
        for (int row = 0; row < COUNT; row++) {
            double[] hidden = v.get(1).clone();
            for (int i = 0; i < 6; i++) {
                hidden[i % 2] += ROWS.x[row][i / 2] * v.get(0)[i];
            }
            double out = hidden[0] * v.get(2)[0] + hidden[1] * v.get(2)[1] + v.get(3)[0];
            double error = 2 * (out - ROWS.label[row]) / COUNT;
            for (int i = 0; i < 6; i++) {
                gradients.get(0)[i] += error * v.get(2)[i % 2] * ROWS.x[row][i / 2];
            }
            for (int i = 0; i < 2; i++) {
                gradients.get(1)[i] += error * v.get(2)[i];
                gradients.get(2)[i] += error * hidden[i];
            }
            gradients.get(3)[0] += error;
        }
        return gradients;
    }

    private static Schedule falling(double rate) {
        return Schedule.exponentialDecay(rate, 0.5, 10);
    }

    /** Those whose numbers are in expected.txt, by their names there. */
    static Map<String, Optimizer> known() {
        Map<String, Optimizer> known = new LinkedHashMap<>();
        Optimizer sgd = Optimizer.sgd(falling(0.1));
        known.put("sgd", sgd);
        known.put("momentum", Optimizer.momentum(falling(0.05), 0.9));
        known.put("nesterov", Optimizer.nesterov(falling(0.05), 0.9));
        known.put("adagrad", Optimizer.adagrad(falling(0.1)));
        known.put("rmsprop", Optimizer.rmsProp(falling(0.01)));
        known.put("rmsprop_centered", new Optimizer.RMSProp(falling(0.01), 0.8f, 0.5f, 1e-7f, true));
        known.put("adam", Optimizer.adam(falling(0.05)));
        known.put(
                "adamw",
                Optimizer.adamW(falling(0.05), WeightDecay.decoupled(0.1).except("bias")));
        known.put("ftrl", new Optimizer.Ftrl(falling(0.1), -0.5f, 0.1f, 0.02f, 0.1f, 0.05f));
        known.put("by_value", sgd.withClipping(Clipping.byValue(0.2)));
        known.put("by_norm", sgd.withClipping(Clipping.byNorm(0.2)));
        known.put("by_global_norm", sgd.withClipping(Clipping.byGlobalNorm(0.2)));
        known.put("decoupled", sgd.withWeightDecay(WeightDecay.decoupled(0.1)));
        return known;
    }

    static List<Optimizer> all() {
        List<Optimizer> all = new ArrayList<>(known().values());
        WeightDecay l2 = WeightDecay.l2(0.3).exceptBiasesAndNorms();
        all.add(Optimizer.momentum(falling(0.05), 0.9).withWeightDecay(l2).withClipping(Clipping.byNorm(0.3)));
        all.add(Optimizer.momentum(falling(0.05), 0.9)
                .withClipping(Clipping.byNorm(0.3))
                .withWeightDecay(l2)
                .withWeightDecay(WeightDecay.decoupled(0.1)));
        return all;
    }

    private static float[] trained(Optimizer optimizer) {
        int[] sizes = new int[STEPS];
        Arrays.fill(sizes, COUNT);
        try (Trainer trainer = Trainer.allReduce(
                OptimizerTest::model,
                ROWS.specs(),
                Models.config(optimizer).build(),
                Ring.single(),
                TrainingListener.none())) {
            trainer.fit(ROWS.source(0, 0, sizes));
            return Models.variables(trainer);
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void stepsAreThoseOfTheFormula(Optimizer optimizer) {
        List<double[]> variables = new ArrayList<>();
        for (int i = 0; i < SIZES.length; i++) {
            float[] values = Expected.fill(2 + i, SIZES[i]);
            double[] copy = new double[values.length];
            Arrays.setAll(copy, j -> values[j]);
            variables.add(copy);
        }
        PlainOptimizer plain = new PlainOptimizer(optimizer, NAMES, variables);
        for (int step = 0; step < STEPS; step++) {
            plain.step(gradients(variables));
        }

        float[] found = trained(optimizer);

        double[] expected = variables.stream().flatMapToDouble(Arrays::stream).toArray();
        assertThat(found).hasSize(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) found[i]).describedAs("number %d", i).isCloseTo(expected[i], within(1e-6));
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void stepsAreThoseOfKerasAndTensorFlowForPython(String name) {
        // Keras rounds 1 - beta2^t and 1 - beta2 to floats that do not fit each other, which TensorFlow's operation
        // avoids.
        double tolerance = name.startsWith("adam") ? 5e-6 : 1e-6;
        Expected.check("optimizer/" + name, trained(known().get(name)), tolerance);
    }

    static List<String> names() {
        return List.copyOf(known().keySet());
    }

    @Test
    void decaySparesBiasesAndNormsByName() {
        WeightDecay decay = WeightDecay.l2(1).exceptBiasesAndNorms().except("^frozen/");

        assertThat(decay.appliesTo("head/kernel")).isTrue();
        assertThat(decay.appliesTo("unbiased/kernel")).isTrue();
        assertThat(decay.appliesTo("head/bias")).isFalse();
        assertThat(decay.appliesTo("bias")).isFalse();
        assertThat(decay.appliesTo("norm/gamma")).isFalse();
        assertThat(decay.appliesTo("frozen/kernel")).isFalse();
    }

    @Test
    void optimizersOfTheSameNumbersAreEqualAndTravelByJavaSerialization() throws Exception {
        List<Optimizer> optimizers = all();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(new ArrayList<>(optimizers));
        }

        Object copy = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();

        assertThat(copy).isEqualTo(optimizers).isEqualTo(all());
        assertThat(Optimizer.adam(0.1)).isNotEqualTo(Optimizer.adam(0.2));
        assertThat(Optimizer.adam(0.1).withClipping(Clipping.byValue(1)))
                .isNotEqualTo(Optimizer.adam(0.1).withClipping(Clipping.byNorm(1)));
        assertThat(Optimizer.adamW(0.1, 0.2))
                .isEqualTo(Optimizer.adam(0.1).withWeightDecay(WeightDecay.decoupled(0.2)));
    }

    @Test
    void constantsOutOfRangeAreRefusedWithTheirValues() {
        Schedule rate = Schedule.constant(0.1);
        assertThatThrownBy(() -> Optimizer.momentum(0.1, 1))
                .hasMessageContaining("momentum must be 0 to below 1, got 1.0");
        assertThatThrownBy(() -> Optimizer.nesterov(0.1, -0.5)).hasMessageContaining("got -0.5");
        assertThatThrownBy(() -> new Optimizer.Adam(rate, 0.9f, 1, 1e-8f))
                .hasMessageContaining("beta2")
                .hasMessageContaining("got 1.0");
        assertThatThrownBy(() -> new Optimizer.Adam(rate, 0.9f, 0.9f, 0))
                .hasMessageContaining("epsilon must be above 0");
        assertThatThrownBy(() -> new Optimizer.Adagrad(rate, -1, 1e-7f))
                .hasMessageContaining("initialAccumulator")
                .hasMessageContaining("got -1.0");
        assertThatThrownBy(() -> new Optimizer.RMSProp(rate, 0.9f, 1.5f, 1e-7f, false))
                .hasMessageContaining("RMSProp's momentum")
                .hasMessageContaining("got 1.5");
        assertThatThrownBy(() -> new Optimizer.Ftrl(rate, 0.5f, 0.1f, 0, 0, 0))
                .hasMessageContaining("power must be 0 or less, got 0.5");
        assertThatThrownBy(() -> new Optimizer.Ftrl(rate, -0.5f, 0.1f, Float.NaN, 0, 0))
                .hasMessageContaining("Ftrl's l1")
                .hasMessageContaining("got NaN");
        assertThatThrownBy(() -> Clipping.byGlobalNorm(0)).hasMessageContaining("above 0, got 0.0");
        assertThatThrownBy(() -> WeightDecay.l2(-1)).hasMessageContaining("got -1.0");
        assertThatThrownBy(() -> WeightDecay.l2(1).except("(")).hasMessageContaining("(");
    }
}
