package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tfcluster.training.layers.Layers;
import io.tfcluster.training.ring.Ring;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.SessionFunction;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;

@Timeout(60)
class SavedModelTest {
    private static final Rows ROWS = Rows.classes(60, 4, 1);

    @TempDir
    Path folder;

    private static Trainer trainer(ModelFunction model, List<InputSpec> inputs) {
        return Trainer.allReduce(
                model, inputs, Models.config(Optimizer.adam(0.05)).build(), Ring.single(), TrainingListener.none());
    }

    @Test
    void loadedModelPredictsWhatTheTrainerPredicts() {
        Path directory = folder.resolve("model");
        try (Trainer trainer = trainer(Models::mlp, ROWS.specs())) {
            trainer.fit(ROWS.source(0, 20, 20, 20, 20));
            trainer.exportSavedModel(directory);

            Map<String, Tensor> inputs = ROWS.tensors(0, 9);
            Map<String, Tensor> expected = trainer.predict(inputs);
            try (SavedModelBundle bundle = SavedModelBundle.load(directory.toString(), "serve")) {
                SessionFunction function = bundle.function("serving_default");
                assertThat(function.signature().inputNames()).containsExactly("x");
                assertThat(function.signature().outputNames()).containsExactly("probabilities");
                try (Result found = function.call(Map.of("x", inputs.get("x")))) {
                    TFloat32 one = (TFloat32) expected.get("probabilities");
                    TFloat32 other = (TFloat32) found.get("probabilities").orElseThrow();
                    assertThat(other.shape()).isEqualTo(Shape.of(9, 3));
                    one.scalars()
                            .forEachIndexed((at, value) ->
                                    assertThat(other.getFloat(at)).isCloseTo(value.getFloat(), within(1e-6f)));
                }
                assertThat(bundle.graph().operation("inputs/label")).isNull();
            }
            inputs.values().forEach(Tensor::close);
            expected.values().forEach(Tensor::close);
        }
        assertThat(directory.resolve("variables/variables.index")).exists();
        assertThat(folder.toFile().list()).containsExactly("model");
    }

    private static final List<InputSpec> PICTURES = List.of(
            new InputSpec("image", TUint8.class, Shape.of(8, 8, 3)),
            new InputSpec("label", TInt64.class, Shape.scalar()));

    private static ModelSpec pictures(ModelBuilder model) {
        Operand<TFloat32> pixels = model.tf()
                .math
                .mul(
                        model.tf().dtypes.cast(model.input("image", TUint8.class), TFloat32.class),
                        model.tf().constant(1 / 255f));
        Operand<TFloat32> x = Layers.maxPool(model, Layers.conv2d(model, "conv", pixels, 4, 3, 1), 2);
        x = Layers.dropout(model, Layers.globalAveragePool(model, x), 0.5);
        Operand<TFloat32> logits = Layers.dense(model, "head", x, 2);
        return ModelSpec.builder()
                .loss(Layers.softmaxCrossEntropy(model, logits, model.input("label", TInt64.class), 0.1))
                .prediction("logits", logits)
                .build();
    }

    private static byte[] picture(int size, int rgb) throws Exception {
        BufferedImage image = new BufferedImage(size, size, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < size * size; i++) {
            image.setRGB(i % size, i / size, rgb);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(image, "jpeg", out);
        return out.toByteArray();
    }

    @Test
    void servingFunctionTakesAVectorOfJpegs() throws Exception {
        Path directory = folder.resolve("jpegs");
        try (Trainer trainer = trainer(SavedModelTest::pictures, PICTURES)) {
            trainer.exportSavedModel(
                    directory,
                    serving -> Map.of(
                            "image", serving.decodeJpegs(serving.input("jpeg", TString.class, Shape.of(-1)), 8, 8)));

            try (SavedModelBundle bundle = SavedModelBundle.load(directory.toString(), "serve");
                    TString jpegs = TString.tensorOfBytes(NdArrays.vectorOfObjects(
                            picture(8, 0xff0000), picture(40, 0x00ff00), picture(8, 0xff0000)));
                    Result found = bundle.function("serving_default").call(Map.of("jpeg", jpegs))) {
                TFloat32 logits = (TFloat32) found.get("logits").orElseThrow();
                assertThat(logits.shape()).isEqualTo(Shape.of(3, 2));
                assertThat(logits.getFloat(0, 0))
                        .isEqualTo(logits.getFloat(2, 0))
                        .isNotEqualTo(logits.getFloat(1, 0));
            }
        }
    }

    @Test
    void servingFunctionThatForgetsAnInputIsToldWhich() {
        try (Trainer trainer = trainer(SavedModelTest::pictures, PICTURES)) {
            assertThatThrownBy(() -> trainer.exportSavedModel(folder.resolve("a"), serving -> {
                        serving.input("jpeg", TString.class, Shape.of(-1));
                        return Map.of();
                    }))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("need input \"image\"");
            assertThatThrownBy(() -> trainer.exportSavedModel(
                            folder.resolve("b"),
                            serving -> Map.of("pixels", serving.tf().constant(1))))
                    .hasMessageContaining("[pixels]");
        }
        assertThat(folder.toFile().list()).isEmpty();
    }

    @Test
    void directoryWithSomethingInItIsRefused() throws Exception {
        Files.writeString(folder.resolve("mine"), "keep");
        try (Trainer trainer = trainer(Models::mlp, ROWS.specs())) {
            assertThatThrownBy(() -> trainer.exportSavedModel(folder))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(folder.toString());
        }
        assertThat(folder.resolve("mine")).hasContent("keep");
    }

    @Test
    void frozenGraphBecomesAPartOfTheModel() throws Exception {
        Path file = folder.resolve("frozen.pb");
        try (org.tensorflow.Graph graph = new org.tensorflow.Graph()) {
            var tf = org.tensorflow.op.Ops.create(graph);
            var in = tf.withName("input").placeholder(TFloat32.class);
            tf.withName("features").math.mul(in, tf.constant(2f));
            Files.write(file, graph.toGraphDef().toByteArray());
        }
        ModelFunction model = builder -> {
            @SuppressWarnings("unchecked") // the frozen graph computes with floats
            Operand<TFloat32> doubled = (Operand<TFloat32>) (Operand<?>)
                    FrozenGraph.importInto(builder, file, Map.of("input", builder.input("x")), "features:0");
            Operand<TFloat32> shaped = builder.tf().ensureShape(doubled, Shape.of(-1, 4));
            return ModelSpec.builder()
                    .loss(Layers.mean(builder, Layers.dense(builder, "out", shaped, 1)))
                    .prediction("doubled", shaped)
                    .build();
        };

        try (Trainer trainer = trainer(model, ROWS.specs())) {
            trainer.fit(ROWS.source(0, 5, 5, 5));
            Map<String, Tensor> inputs = ROWS.tensors(0, 1);
            Map<String, Tensor> predicted = trainer.predict(inputs);
            assertThat(((TFloat32) predicted.get("doubled")).getFloat(0, 1)).isEqualTo(2 * ROWS.x[0][1]);
            inputs.values().forEach(Tensor::close);
            predicted.values().forEach(Tensor::close);
            trainer.exportSavedModel(folder.resolve("with-frozen"));
        }
        ModelFunction wrong = builder -> {
            FrozenGraph.importInto(builder, file, Map.of("image", builder.input("x")), "features");
            return ModelSpec.builder().build();
        };
        assertThatThrownBy(() -> trainer(wrong, ROWS.specs()).close())
                .hasMessageContaining("no input \"image\"")
                .hasMessageContaining("[input]");
    }
}
