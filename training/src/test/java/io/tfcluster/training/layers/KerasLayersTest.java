package io.tfcluster.training.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.training.Expected;
import io.tfcluster.training.Initializer;
import io.tfcluster.training.ModelBuilder;
import io.tfcluster.training.TestLayer;
import io.tfcluster.training.TestModel;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** Layers with given weights against the same layers of Keras; expected.py beside expected.txt has their other half. */
@Timeout(60)
class KerasLayersTest {
    private static final double TOLERANCE = 3e-6;
    private static final Initializer ANY = Initializer.zeros();

    private static Operand<TFloat32> picture(ModelBuilder model) {
        return TestLayer.rows(model, Expected.fill(1, 2 * 5 * 6 * 3), 2, 5, 6, 3);
    }

    /** Weights are fill(2), fill(3), … in the order given, as in expected.py. */
    private static void check(String name, Function<ModelBuilder, Operand<TFloat32>> build, String... weights) {
        Map<String, Integer> fills = new HashMap<>();
        for (String weight : weights) {
            fills.put("layer/" + weight, 2 + fills.size());
        }
        Map<String, float[]> found = TestLayer.run(false, fills, build);
        Expected.check(name, found.get(TestLayer.RESULT), TOLERANCE);
        for (String weight : weights) {
            Expected.check(name + "/d_" + weight, found.get("d_layer/" + weight), TOLERANCE);
        }
    }

    @Test
    void denseAndItsGradientsAreThoseOfKeras() {
        check(
                "dense",
                model -> Layers.dense(model, "layer", TestLayer.rows(model, Expected.fill(1, 12), 3, 4), 5),
                "kernel",
                "bias");
    }

    @Test
    void convolutionsAndTheirGradientsAreThoseOfKeras() {
        check("conv_same", model -> Layers.conv2d(model, "layer", picture(model), 4, 3, 2), "kernel", "bias");
        check(
                "conv_valid",
                model -> Layers.conv2d(
                        model, "layer", picture(model), 4, Window.of(3, 2).valid(), false, ANY),
                "kernel");
        check(
                "depthwise",
                model -> Layers.depthwiseConv2d(model, "layer", picture(model), 2, Window.of(3), true, ANY),
                "kernel",
                "bias");
        check(
                "separable",
                model -> Layers.separableConv2d(
                        model, "layer", picture(model), 4, 2, Window.of(3).stride(2), true, ANY),
                "depthwise_kernel",
                "pointwise_kernel",
                "bias");
    }

    @Test
    void poolingIsThatOfKeras() {
        checkPlain(
                "max_pool",
                model -> Layers.maxPool(
                        model, picture(model), Window.of(3).stride(2).valid()));
        checkPlain(
                "average_pool",
                model -> Layers.averagePool(model, picture(model), Window.of(2).stride(2)));
        checkPlain("global_max", model -> Layers.globalMaxPool(model, picture(model)));
        checkPlain("global_average", model -> Layers.globalAveragePool(model, picture(model)));
    }

    private static void checkPlain(String name, Function<ModelBuilder, Operand<TFloat32>> build) {
        Expected.check(name, TestModel.values(false, build), TOLERANCE);
    }

    @Test
    void embeddingLooksItsVectorsUp() {
        Map<String, Integer> table = Map.of("layer/embeddings", 2);

        float[] found = TestLayer.run(
                        false,
                        table,
                        model -> Layers.embedding(
                                model, "layer", model.tf().constant(new long[][] {{0, 3, 1}, {2, 2, 4}}), 5, 3))
                .get(TestLayer.RESULT);

        Expected.check("embedding", found, TOLERANCE);
        assertThatThrownBy(() -> TestLayer.run(
                        false,
                        table,
                        model -> Layers.embedding(model, "layer", model.tf().constant(new int[] {5}), 5, 3)))
                .hasMessageContaining("5 is not in [0, 5)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"norm2", "norm4"})
    void batchNormalisationItsGradientsAndMovingValuesAreThoseOfKeras(String name) {
        Shape shape = name.equals("norm4") ? Shape.of(2, 5, 6, 3) : Shape.of(6, 3);
        Map<String, Integer> fills =
                Map.of("x", 1, "layer/gamma", 2, "layer/beta", 3, "layer/moving_mean", 4, "layer/moving_variance", 5);
        Function<ModelBuilder, Operand<TFloat32>> build =
                model -> Layers.batchNorm(model, "layer", model.variable("x", shape, ANY), 0.9, 1e-3);

        Map<String, float[]> trained = TestLayer.run(true, fills, build);
        Map<String, float[]> predicted = TestLayer.run(false, fills, build);

        Expected.check(name + "/trained", trained.get(TestLayer.RESULT), TOLERANCE);
        Expected.check(name + "/d_x", trained.get("d_x"), TOLERANCE);
        Expected.check(name + "/d_gamma", trained.get("d_layer/gamma"), TOLERANCE);
        Expected.check(name + "/d_beta", trained.get("d_layer/beta"), TOLERANCE);
        Expected.check(name + "/moving_mean", trained.get("layer/moving_mean"), TOLERANCE);
        Expected.check(name + "/moving_variance", trained.get("layer/moving_variance"), TOLERANCE);
        Expected.check(name + "/predicted", predicted.get(TestLayer.RESULT), TOLERANCE);
        assertThat(predicted).doesNotContainKeys("layer/moving_mean", "layer/moving_variance");
    }

    @ParameterizedTest
    @ValueSource(strings = {"lstm", "gru"})
    void recurrentLayersAndTheirGradientsAreThoseOfKeras(String name) {
        BiFunction<ModelBuilder, Boolean, Recurrent.Sequence> layer = (model, masked) -> {
            Operand<TFloat32> x = TestLayer.rows(model, Expected.fill(1, 3 * 4 * 2), 3, 4, 2);
            Operand<TInt64> lengths = model.tf().constant(new long[] {4, 2, 1});
            if (name.equals("lstm")) {
                return masked ? Recurrent.lstm(model, "layer", x, 3, lengths) : Recurrent.lstm(model, "layer", x, 3);
            }
            return masked ? Recurrent.gru(model, "layer", x, 3, lengths) : Recurrent.gru(model, "layer", x, 3);
        };
        String[] weights = {"kernel", "recurrent_kernel", "bias"};

        check(name + "/sequence", model -> layer.apply(model, false).outputs(), weights);
        check(name + "/last", model -> layer.apply(model, false).last(), weights);
        check(name + "/masked", model -> layer.apply(model, true).outputs(), weights);
        check(name + "/masked_last", model -> layer.apply(model, true).last(), weights);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "linear",
                "relu",
                "relu6",
                "leaky_relu",
                "elu",
                "selu",
                "gelu",
                "swish",
                "softplus",
                "softsign",
                "sigmoid",
                "hard_sigmoid",
                "tanh",
                "exponential",
                "softmax"
            })
    void activationsAreThoseOfKerasAndHaveGradients(String name) {
        float[] x = Expected.fill(1, 12);

        checkPlain(
                "activation/" + name,
                model -> Layers.activation(
                        model,
                        name,
                        model.tf()
                                .math
                                .mul(TestLayer.rows(model, x, 3, 4), model.tf().constant(6f))));
        assertThat(TestLayer.run(
                        true,
                        Map.of("x", 1),
                        model -> Layers.activation(model, name, model.variable("x", Shape.of(3, 4), ANY))))
                .containsKey("d_x");
    }

    @Test
    void headsAreDenseLayersWithTheirProbabilities() {
        Map<String, Integer> fills = Map.of("layer/kernel", 2, "layer/bias", 3);
        Function<ModelBuilder, Operand<TFloat32>> x = model -> TestLayer.rows(model, Expected.fill(1, 12), 3, 4);

        float[] logits = TestLayer.run(
                        false,
                        fills,
                        model -> Layers.softmaxHead(model, "layer", x.apply(model), 5)
                                .logits())
                .get(TestLayer.RESULT);
        float[] chances = TestLayer.run(
                        false,
                        fills,
                        model -> Layers.softmaxHead(model, "layer", x.apply(model), 5)
                                .probabilities())
                .get(TestLayer.RESULT);
        float[] answers = TestLayer.run(
                        false,
                        fills,
                        model -> Layers.sigmoidHead(model, "layer", x.apply(model), 5)
                                .probabilities())
                .get(TestLayer.RESULT);

        Expected.check("dense", logits, TOLERANCE);
        assertThat(chances[0] + chances[1] + chances[2] + chances[3] + chances[4])
                .isBetween(0.99999f, 1.00001f);
        assertThat((double) answers[1])
                .isBetween(1 / (1 + Math.exp(-logits[1])) - 1e-6, 1 / (1 + Math.exp(-logits[1])) + 1e-6);
    }

    @Test
    void mistakesAreToldWhenTheModelIsBuilt() {
        assertThatThrownBy(() -> TestModel.values(false, model -> Layers.activation(model, "rely", picture(model))))
                .hasMessageContaining("no activation \"rely\"; there is elu, exponential, gelu");
        assertThatThrownBy(() -> TestModel.values(false, model -> Layers.dense(model, "head", picture(model), 3)))
                .hasMessageContaining("layer \"head\" needs [rows, features]")
                .hasMessageContaining("[?, 5, 6, 3]");
        assertThatThrownBy(() -> Window.of(0)).hasMessageContaining("got 0, 0 and 1");
        assertThatThrownBy(() -> TestModel.values(false, model -> Layers.batchNorm(model, "n", picture(model), 1, 1)))
                .hasMessageContaining("momentum of batch normalisation \"n\" must be 0 to below 1, got 1.0");
        assertThatThrownBy(() -> TestModel.values(
                        false,
                        model ->
                                Recurrent.gru(model, "words", picture(model), 3).last()))
                .hasMessageContaining("layer \"words\" needs [rows, time, features]");
    }
}
