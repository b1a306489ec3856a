package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tfcluster.training.layers.Layers;
import io.tfcluster.training.ring.Ring;
import io.tfcluster.training.ring.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.HashTable;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;

@Timeout(60)
class ExportTest {
    private static final Rows ROWS = Rows.classes(200, 4, 1);

    @TempDir
    Path folder;

    /** Two layers behind a moving mean, which is a state, and an input that only the second prediction needs. */
    private static ModelSpec model(ModelBuilder model) {
        Ops tf = model.tf();
        Operand<TFloat32> x = model.input("x", TFloat32.class);
        Operand<TFloat32> mean = model.state("mean", Shape.of(4), Initializer.zeros());
        model.updateState("mean", tf.math.mean(x, tf.constant(0)));
        Operand<TFloat32> features = tf.math.tanh(Layers.dense(
                model, "features", tf.math.sub(x, model.training() ? tf.math.mean(x, tf.constant(0)) : mean), 5));
        Operand<TFloat32> logits = Layers.dense(model, "out", features, 3);
        Operand<TInt64> label = model.input("label", TInt64.class);
        return ModelSpec.builder()
                .loss(Layers.softmaxCrossEntropy(model, logits, label, 0))
                .prediction("features", features)
                .prediction("probabilities", tf.nn.softmax(logits))
                .prediction("correct", tf.math.equal(tf.math.argMax(logits, tf.constant(1)), label))
                .build();
    }

    private static Trainer trainer(Ring ring) {
        return Trainer.allReduce(
                ExportTest::model,
                ROWS.specs(),
                Models.config(Optimizer.adam(0.05)).build(),
                ring,
                TrainingListener.none());
    }

    /** Labels by name, looked up in a file that travels with the model. */
    private static Map<String, Operand<?>> named(ServingBuilder serving) {
        Ops tf = serving.tf();
        HashTable table = tf.hashTable(TString.class, TInt64.class);
        serving.onLoad(tf.initializeTableFromTextFile(table, serving.asset("labels.txt"), -2L, -1L));
        Operand<TString> name = serving.input("name", TString.class, Shape.of(-1));
        return Map.of(
                "x", serving.input("x", TFloat32.class, Shape.of(-1, 4)),
                "label", tf.lookupTableFind(table, name, tf.constant(-1L)));
    }

    @Test
    void severalSignaturesStatesAndAnAssetForALookupTable() throws Exception {
        Path labels = Files.writeString(folder.resolve("names"), "rose\ntulip\ndaisy\n");
        Path target = folder.resolve("model/1");
        Map<String, Tensor> inputs = ROWS.tensors(0, 3);
        try (Trainer trainer = trainer(Ring.single())) {
            trainer.fit(ROWS.source(0, 20, 20, 20, 20));
            trainer.export(ExportConfig.to(target.toString())
                    .signature("embed", ServingFunction.ofModel(), "features")
                    .signature("check", ExportTest::named, "correct", "probabilities")
                    .asset("labels.txt", labels));

            Files.move(folder.resolve("model"), folder.resolve("elsewhere"));
            Map<String, Tensor> expected = trainer.predict(inputs);
            try (SavedModelBundle bundle =
                    SavedModelBundle.load(folder.resolve("elsewhere/1").toString(), "serve")) {
                assertThat(bundle.function("serving_default").signature().outputNames())
                        .containsExactlyInAnyOrder("features", "probabilities", "correct");
                assertThat(bundle.function("embed").signature().inputNames()).containsExactly("x");
                try (Result found = bundle.function("embed").call(Map.of("x", inputs.get("x")))) {
                    assertThat(((TFloat32) found.get("features").orElseThrow()).getFloat(2, 4))
                            .isCloseTo(((TFloat32) expected.get("features")).getFloat(2, 4), within(1e-5f));
                }
                checkNamed(bundle, inputs.get("x"), (TFloat32) expected.get("probabilities"));
            }
            expected.values().forEach(Tensor::close);
        }
        inputs.values().forEach(Tensor::close);
        assertThat(folder.resolve("elsewhere/1/assets/labels.txt")).hasContent("rose\ntulip\ndaisy\n");
    }

    private static void checkNamed(SavedModelBundle bundle, Tensor x, TFloat32 probabilities) {
        String[] names = {"rose", "tulip", "daisy"};
        int best = 0;
        for (int i = 1; i < 3; i++) {
            best = probabilities.getFloat(0, i) > probabilities.getFloat(0, best) ? i : best;
        }
        try (TString given = TString.vectorOf(names[best], "none such", names[0]);
                Result found = bundle.function("check").call(Map.of("x", x, "name", given))) {
            org.tensorflow.types.TBool correct =
                    (org.tensorflow.types.TBool) found.get("correct").orElseThrow();
            assertThat(correct.getBoolean(0)).isTrue();
            assertThat(correct.getBoolean(1)).isFalse();
            assertThat(found.size()).isEqualTo(2);
        }
    }

    @Test
    void allWorkersLearnThatItIsWrittenOrWhyNot() throws Exception {
        Path target = folder.resolve("model");
        List<String> told = Workers.run(3, ring -> {
            try (Trainer trainer = trainer(ring)) {
                trainer.fit(ROWS.source(0, 20, 20));
                trainer.export(ExportConfig.to(target.toString()));
                assertThat(target.resolve("saved_model.pb")).exists();
                try {
                    trainer.export(ExportConfig.to(target.toString()));
                    return "nothing";
                } catch (IllegalArgumentException | IllegalStateException e) {
                    // all are still in step
                    assertThat(trainer.fit(ROWS.source(0, 20, 20)).globalRows()).isEqualTo(60);
                    return e.getMessage();
                }
            }
        });

        assertThat(told.get(0))
                .isEqualTo("export directory " + target + " has something in it; give an empty or a new one");
        assertThat(told.subList(1, 3)).containsOnly("the export to " + target + " failed: rank 0: " + told.get(0));
    }

    @Test
    void mistakesAreToldWithNamesAndLeaveNothing() throws IOException {
        ExportConfig export = ExportConfig.to(folder.resolve("model").toString());
        try (Trainer trainer = trainer(Ring.single())) {
            assertThatThrownBy(() -> trainer.export(export.signature("a", ServingFunction.ofModel(), "logits")))
                    .hasMessageContaining("signature \"a\" asks for prediction \"logits\"")
                    .hasMessageContaining("features");
            assertThatThrownBy(() -> trainer.export(export.signature("b", ExportTest::named)))
                    .hasMessageContaining("no asset \"labels.txt\"");
            assertThatThrownBy(() -> trainer.export(export.asset("labels.txt", folder.resolve("missing"))))
                    .hasMessageContaining("cannot write a SavedModel to")
                    .hasMessageContaining("missing");
        }
        assertThatThrownBy(() -> export.asset("a/b", folder)).hasMessageContaining("\"a/b\"");
        assertThat(folder.toFile().list()).isEmpty();
    }
}
