package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tfcluster.training.layers.Layers;
import io.tfcluster.training.ring.Ring;
import io.tfcluster.training.ring.Workers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

@Timeout(60)
class ImportedModelTest {
    private static final Rows PICTURES = Rows.classes(400, 36, 2);
    private static final Rows POINTS = Rows.classes(400, 2, 3);
    private static final int STEPS = 10;

    @TempDir
    static Path folder;

    @BeforeAll
    static void unpack() throws Exception {
        Elsewhere.unpack(folder);
    }

    private static ImportedModel keras() {
        return ImportedModel.savedModel(folder.resolve("keras"));
    }

    private static Operand<TFloat32> floats(Operand<?> operand) {
        @SuppressWarnings("unchecked") // these models compute with floats
        Operand<TFloat32> typed = (Operand<TFloat32>) operand;
        return typed;
    }

    private static ModelSpec classifier(ModelBuilder builder, Operand<?> logits) {
        Operand<TFloat32> shaped = floats(logits);
        return ModelSpec.builder()
                .loss(Layers.softmaxCrossEntropy(builder, shaped, builder.input("label", TInt64.class), 0))
                .prediction("logits", shaped)
                .build();
    }

    private static ModelSpec pictures(ModelBuilder builder, ImportedModel model) {
        Operand<TFloat32> image = builder.tf()
                .reshape(builder.input("x", TFloat32.class), builder.tf().constant(new int[] {-1, 6, 6, 1}));
        return classifier(
                builder,
                model.importInto(builder, "serving_default", Map.of("image", image))
                        .get("output_0"));
    }

    private static Trainer trainer(ModelFunction model, Rows rows, Ring ring, TrainingListener listener) {
        return Trainer.allReduce(
                model, rows.specs(), Models.config(Optimizer.momentum(0.1, 0.9)).build(), ring, listener);
    }

    private static void twoWorkersEqualOne(ModelFunction model, Rows rows) throws Exception {
        int[] all = new int[STEPS];
        float[] expected;
        List<Double> losses = new ArrayList<>();
        try (Trainer trainer = trainer(model, rows, Ring.single(), info -> losses.add(info.loss()))) {
            Arrays.fill(all, 20);
            trainer.fit(rows.source(0, 20, all));
            expected = Models.variables(trainer);
        }
        List<float[]> found = Workers.run(2, ring -> {
            try (Trainer trainer = trainer(model, rows, ring, TrainingListener.none())) {
                int[] own = new int[STEPS];
                Arrays.fill(own, ring.rank() == 0 ? 13 : 7);
                trainer.fit(rows.source(ring.rank() == 0 ? 0 : 13, 20, own));
                return Models.variables(trainer);
            }
        });
        assertThat(losses.get(STEPS - 1)).isLessThan(losses.get(0));
        assertThat(found.get(1)).isEqualTo(found.get(0));
        assertThat(found.get(0)).containsExactly(expected, within(1e-5f));
    }

    @Test
    void kerasModelPredictsAsBeforeThenLearnsAndIsExported() throws Exception {
        Path exported = folder.resolve("fine-tuned");
        Map<String, Tensor> inputs = PICTURES.tensors(0, 8);
        try (Trainer trainer = trainer(b -> pictures(b, keras()), PICTURES, Ring.single(), TrainingListener.none())) {
            assertThat(trainer.variableNames())
                    .contains("tiny/conv/kernel_1", "tiny/norm/gamma_1", "tiny/norm/moving_mean_1", "tiny/head/bias_1");
            assertThat(floats(trainer.predict(inputs)))
                    .containsExactly(bundle(folder.resolve("keras"), inputs), within(1e-5f));
            trainer.fit(PICTURES.source(0, 20, 20, 20, 20));
            trainer.exportSavedModel(exported);
            try (SavedModelBundle bundle = SavedModelBundle.load(exported.toString(), "serve");
                    Result result = bundle.function("serving_default").call(Map.of("x", inputs.get("x")))) {
                assertThat(floats(result.get(0))).containsExactly(floats(trainer.predict(inputs)), within(1e-5f));
            }
        }
        inputs.values().forEach(Tensor::close);
    }

    private static float[] bundle(Path path, Map<String, Tensor> inputs) {
        try (SavedModelBundle bundle = SavedModelBundle.load(path.toString(), "serve");
                TFloat32 image = TFloat32.tensorOf(
                        Shape.of(8, 6, 6, 1), floats -> floats.copyFrom(DataBuffers.of(floats(inputs.get("x")))));
                Result result = bundle.function("serving_default").call(Map.of("image", image))) {
            return floats(result.get(0));
        }
    }

    private static float[] floats(Map<String, Tensor> predicted) {
        try (Tensor only = predicted.values().iterator().next()) {
            return floats(only);
        }
    }

    private static float[] floats(Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.shape().size())];
        org.tensorflow.TensorBytes.of(tensor).asFloatBuffer().get(values);
        return values;
    }

    @Test
    void kerasModelTrainedByTwoEqualsOne() throws Exception {
        twoWorkersEqualOne(b -> pictures(b, keras()), PICTURES);
    }

    @Test
    void graphOfTensorFlowOneTrainedByTwoEqualsOne() throws Exception {
        ImportedModel graph = ImportedModel.graph(folder.resolve("tf1_graph.pb"));
        assertThat(graph.variables()).extracting(ImportedVariable::name).containsExactly("dense/kernel", "dense/bias");
        twoWorkersEqualOne(b -> points(b, graph), POINTS);
    }

    private static ModelSpec points(ModelBuilder builder, ImportedModel graph) {
        return classifier(
                builder,
                graph.tensorsInto(builder, Map.of("x", builder.input("x")), Set.of("logits:0"))
                        .get("logits:0"));
    }

    @Test
    void valuesOfAGraphComeFromItsAssignmentsOrACheckpoint() {
        ImportedModel graph = ImportedModel.graph(folder.resolve("tf1_graph.pb"));
        try (Trainer trainer = trainer(b -> points(b, graph), POINTS, Ring.single(), TrainingListener.none())) {
            assertThat(Models.variables(trainer)).containsExactly(.1f, .2f, .3f, .4f, .5f, .6f, 0, 0, 0);
        }
        ImportedModel later = graph.checkpoint(folder.resolve("tf1_ckpt"));
        try (Trainer trainer = trainer(b -> points(b, later), POINTS, Ring.single(), TrainingListener.none())) {
            assertThat(Models.variables(trainer)).containsExactly(.1f, .2f, .3f, .4f, .5f, .6f, 1, 2, 3);
        }
    }

    @Test
    void onlyChosenVariablesLearn() {
        ImportedModel head = keras().trainable("tiny/head/.*").named("old");
        try (Trainer trainer = trainer(b -> pictures(b, head), PICTURES, Ring.single(), TrainingListener.none())) {
            float[] before = Models.variables(trainer);
            List<String> names = trainer.variableNames();
            trainer.fit(PICTURES.source(0, 20, 20, 20));
            float[] after = Models.variables(trainer);

            assertThat(names).allMatch(name -> name.startsWith("old/")).contains("old/tiny/conv/kernel_1");
            int changed = 0;
            for (int i = 0; i < before.length; i++) {
                changed += before[i] == after[i] ? 0 : 1;
            }
            assertThat(changed).isBetween(9, 12); // head: 3 x 3 weights and 3 biases, some of which a dead unit keeps
        }
    }

    @Test
    void embeddingReadByGatherLearnsAndCountersStay() {
        ImportedModel words = ImportedModel.savedModel(folder.resolve("words"));
        ModelFunction model = builder -> {
            Operand<TFloat32> score =
                    floats(words.importInto(builder, "serving_default", Map.of("word", builder.input("label")))
                            .get("score"));
            return ModelSpec.builder()
                    .loss(Layers.mean(builder, builder.tf().math.square(score)))
                    .prediction("score", score)
                    .build();
        };
        List<Double> losses = new ArrayList<>();
        try (Trainer trainer = trainer(model, POINTS, Ring.single(), info -> losses.add(info.loss()));
                TInt64 ids = TInt64.vectorOf(4, 0)) {
            assertThat(trainer.variableNames()).containsExactlyInAnyOrder("table", "w", "scale");
            assertThat(floats(trainer.predict(Map.of("label", ids))))
                    .containsExactly(new float[] {(0.8f + 2 * 0.9f) * 0.5f + 3, 0.2f * 0.5f + 3}, within(1e-5f));
            trainer.fit(POINTS.source(0, 20, 20, 20, 20, 20));
        }
        assertThat(losses.get(3)).isLessThan(losses.get(0));
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> mistake(
            ImportedModel model, String signature, String input) {
        return assertThatThrownBy(() -> trainer(
                        builder -> {
                            Map<String, Operand<?>> outputs =
                                    model.importInto(builder, signature, Map.of(input, builder.input("label")));
                            return ModelSpec.builder()
                                    .loss(Layers.mean(
                                            builder,
                                            floats(outputs.values().iterator().next())))
                                    .build();
                        },
                        POINTS,
                        Ring.single(),
                        TrainingListener.none())
                .close());
    }

    @Test
    void whatIsNotThereIsNamedWithWhatIs() throws Exception {
        ImportedModel words = ImportedModel.savedModel(folder.resolve("words"));
        mistake(words, "predict", "word")
                .hasMessageContaining("no signature \"predict\" in ")
                .hasMessageContaining("it has [count, loop, serving_default]");
        mistake(words, "serving_default", "words")
                .hasMessageContaining("takes [\"word\": DT_INT64 [?]]; given are [words]");
        mistake(keras(), "serving_default", "image")
                .hasMessageContaining("takes \"image\": DT_FLOAT [?, 6, 6, 1], given is DT_INT64 [?]");
        mistake(words.checkpoint(folder.resolve("tf1_ckpt")), "serving_default", "word")
                .hasMessageContaining("variable \"table\" of ")
                .hasMessageContaining("has [dense/bias, dense/kernel]");
        mistake(ImportedModel.savedModel(folder.resolve("nowhere")), "serving_default", "word")
                .hasMessageContaining("there is no such folder");
        mistake(ImportedModel.savedModel(folder.resolve("tf1_graph.pb")), "serving_default", "word")
                .hasMessageContaining("it is a file");
        mistake(ImportedModel.savedModel(folder.resolve("words"), "gpu"), "serving_default", "word")
                .hasMessageContaining("no graph tagged [gpu]; it has [serve]");
        mistake(ImportedModel.graph(folder.resolve("tf1_graph.pb")), "serving_default", "word")
                .hasMessageContaining("use tensorsInto");
        Path bare = Files.createDirectories(folder.resolve("bare"));
        Files.copy(folder.resolve("words/saved_model.pb"), bare.resolve("saved_model.pb"));
        mistake(ImportedModel.savedModel(bare), "serving_default", "word")
                .hasMessageContaining("no variables/variables.index; copy the whole folder");
    }

    @Test
    void whatCannotBeLearnedIsRefusedByName() {
        ImportedModel words = ImportedModel.savedModel(folder.resolve("words"));
        mistake(words, "loop", "word").hasMessageContaining("while (While) of w");
        mistake(words, "count", "word")
                .hasMessageContaining("(AssignAddVariableOp) of seen")
                .hasMessageContaining("ImportedModel.trainInto");
        assertThatThrownBy(() -> trainer(
                                b -> {
                                    ImportedModel.graph(folder.resolve("tf1_graph.pb"))
                                            .tensorsInto(b, Map.of(), List.of("logits"));
                                    return ModelSpec.builder().build();
                                },
                                POINTS,
                                Ring.single(),
                                TrainingListener.none())
                        .close())
                .hasMessageContaining("placeholders [x] of ");
    }
}
