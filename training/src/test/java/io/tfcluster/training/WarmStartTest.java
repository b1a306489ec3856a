package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.training.layers.Layers;
import io.tfcluster.training.ring.Ring;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

@Timeout(60)
class WarmStartTest {
    private static final Rows ROWS = Rows.classes(60, 2, 1);

    @TempDir
    static Path folder;

    @BeforeAll
    static void unpack() throws Exception {
        Elsewhere.unpack(folder);
    }

    private static ModelFunction model(int classes) {
        return builder -> {
            Operand<TFloat32> logits = Layers.dense(builder, "out", builder.input("x", TFloat32.class), classes);
            return ModelSpec.builder()
                    .loss(Layers.softmaxCrossEntropy(builder, logits, builder.input("label", TInt64.class), 0))
                    .build();
        };
    }

    private static float[] first(WarmStart warm, int classes) {
        TrainerConfig config = Models.config(Optimizer.sgd(0.1)).warmStart(warm).build();
        try (Trainer trainer =
                Trainer.allReduce(model(classes), ROWS.specs(), config, Ring.single(), TrainingListener.none())) {
            return Models.variables(trainer);
        }
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> mistake(WarmStart warm, int classes) {
        return assertThatThrownBy(() -> first(warm, classes)).isInstanceOf(IllegalArgumentException.class);
    }

    private static WarmStart tf1() {
        return WarmStart.from(folder.resolve("tf1_ckpt"));
    }

    @Test
    void renamedVariablesBeginWithTheCheckpointsValues() {
        assertThat(first(tf1().rename("dense/(.*)", "out/$1"), 3))
                .containsExactly(.1f, .2f, .3f, .4f, .5f, .6f, 1, 2, 3);
    }

    @Test
    void errorListsWhatMatchedAndWhatDidNot() {
        mistake(tf1().rename("dense/bias", "out/bias"), 3)
                .hasMessageContaining("model-7: 1 of 2 variables match")
                .hasMessageContaining("matched:\n    out/bias [3] from dense/bias\n")
                .hasMessageContaining("in the model, not in the checkpoint:\n    out/kernel\n")
                .hasMessageContaining("in the checkpoint, not taken:\n    dense/kernel [2, 3]\n")
                .hasMessageContaining("WarmStart.rename");
        mistake(tf1().rename("dense/(.*)", "out/$1"), 4)
                .hasMessageContaining("0 of 2 variables match")
                .hasMessageContaining(
                        "another shape or type:\n    out/kernel is DT_FLOAT [2, 4] in the model but DT_FLOAT [2, 3] in the checkpoint");
        mistake(tf1().lenient(), 3).hasMessageContaining("lenient() needs one that matches");
        mistake(tf1().rename(".*", "out/kernel"), 3)
                .hasMessageContaining("both \"dense/bias\" and \"dense/kernel\" become \"out/kernel\"");
    }

    @Test
    void lenientAndOnlyLetTheOthersBeginAfresh() {
        float[] afresh = first(tf1().rename("dense/bias", "out/bias").lenient(), 3);
        float[] only = first(tf1().rename("dense/(.*)", "out/$1").only(".*/bias"), 3);

        assertThat(afresh).endsWith(1, 2, 3).isEqualTo(only);
        assertThat(afresh[0]).isNotEqualTo(.1f).isNotZero();
    }

    @Test
    void objectsOfKerasAreFoundByTheirWay() {
        WarmStart keras = WarmStart.from(folder.resolve("keras_ckpt"));
        mistake(keras, 3)
                .hasMessageContaining("moving_mean [3]")
                .hasMessageContaining("head/bias")
                .hasMessageNotContaining("_CHECKPOINTABLE_OBJECT_GRAPH");
    }

    @Test
    void readerListsAndReads() {
        CheckpointReader reader = CheckpointReader.open(folder.resolve("tf1_ckpt"));
        assertThat(reader.entries()).hasToString("[dense/bias: DT_FLOAT [3], dense/kernel: DT_FLOAT [2, 3]]");
        try (Tensor bias = reader.read("dense/bias")) {
            assertThat(((TFloat32) bias).getFloat(1)).isEqualTo(2);
        }
        assertThatThrownBy(() -> reader.read("bias"))
                .hasMessageContaining("no tensor \"bias\"")
                .hasMessageContaining("[dense/bias, dense/kernel]");
    }

    @Test
    void initializersGiveWhatTheyAreTold() {
        Initializer bias = Initializer.fromCheckpoint(folder.resolve("tf1_ckpt"), "dense/bias");
        assertThat(bias.values(1, "b", Shape.of(3))).containsExactly(1, 2, 3);
        assertThatThrownBy(() -> bias.values(1, "b", Shape.of(4)))
                .hasMessageContaining("variable \"b\" is DT_FLOAT [4]")
                .hasMessageContaining("is DT_FLOAT [3]");
    }

    @Test
    void whatIsNoCheckpointIsToldWithWhatIsThere() throws Exception {
        assertThatThrownBy(() -> CheckpointReader.open(folder.resolve("tf1_ckpt/model-8")))
                .hasMessageContaining("model-8.index is missing")
                .hasMessageContaining("holds [model-7.index]");
        assertThatThrownBy(() -> CheckpointReader.open(folder.resolve("tf1_graph.pb")))
                .hasMessageContaining("old format V1");
        byte[] index = Files.readAllBytes(folder.resolve("tf1_ckpt/model-7.index"));
        index[10] ^= 1;
        Files.write(folder.resolve("bad.index"), index);
        assertThatThrownBy(() -> CheckpointReader.open(folder.resolve("bad")))
                .hasMessageContaining("checksum")
                .hasMessageContaining("bad.index is damaged");
        Files.write(folder.resolve("short.index"), new byte[60]);
        assertThatThrownBy(() -> CheckpointReader.open(folder.resolve("short")))
                .hasMessageContaining("no index of a TensorFlow checkpoint");
    }
}
