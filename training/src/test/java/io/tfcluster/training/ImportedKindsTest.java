package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tfcluster.training.layers.Layers;
import io.tfcluster.training.ring.Ring;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Tensor;
import org.tensorflow.TensorBytes;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;

/** Imported models on parameter servers, in parts, with text, on their way to another process. */
@Timeout(60)
class ImportedKindsTest {
    private static final Rows ROWS = Rows.classes(400, 4, 2);

    @TempDir
    static Path folder;

    @BeforeAll
    static void unpack() throws Exception {
        Elsewhere.unpack(folder);
    }

    @SuppressWarnings("unchecked") // these models compute with floats
    private static Operand<TFloat32> floats(Operand<?> operand) {
        return (Operand<TFloat32>) operand;
    }

    private static float[] floats(Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.shape().size())];
        TensorBytes.of(tensor).asFloatBuffer().get(values);
        return values;
    }

    private static ModelSpec parts(ModelBuilder builder, ImportedModel model) {
        Operand<TFloat32> o = floats(model.importInto(builder, "serving_default", Map.of("x", builder.input("x")))
                .get("o"));
        return ModelSpec.builder()
                .loss(Layers.mean(builder, builder.tf().math.square(o)))
                .prediction("o", o)
                .build();
    }

    private static Trainer alone(ModelFunction model) {
        return Trainer.allReduce(
                model,
                ROWS.specs(),
                Models.config(Optimizer.sgd(0.01)).build(),
                Ring.single(),
                TrainingListener.none());
    }

    @Test
    void variableInPartsIsReadPartByPart() {
        ImportedModel model = ImportedModel.savedModel(folder.resolve("parts"));
        assertThat(model.variables())
                .hasToString(
                        "[p/w/part_0: DT_FLOAT [2, 3], p/w/part_1: DT_FLOAT [2, 3], k: DT_FLOAT [], does not learn]");
        Map<String, Tensor> inputs = ROWS.tensors(0, 5);
        try (Trainer trainer = alone(b -> parts(b, model));
                SavedModelBundle bundle =
                        SavedModelBundle.load(folder.resolve("parts").toString(), "serve");
                Result result = bundle.function("serving_default").call(Map.of("x", inputs.get("x")));
                Tensor predicted = trainer.predict(inputs).get("o")) {
            assertThat(floats(predicted)).containsExactly(floats(result.get(0)), within(1e-5f));

            trainer.fit(ROWS.source(0, 20, 20, 20));
            assertThat(Models.variables(trainer)[trainer.variableNames().indexOf("k") == 0 ? 0 : 12])
                    .isEqualTo(2);
        }
        inputs.values().forEach(Tensor::close);
    }

    @Test
    void modelTravelsToAnotherProcess() throws Exception {
        ImportedModel model = ImportedModel.savedModel(folder.resolve("parts")).trainable("p/w/part_1");
        assertThat(model.signatures()).containsOnlyKeys("serving_default");
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject((ModelFunction) b -> parts(b, model));
        }
        ModelFunction there;
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            there = (ModelFunction) in.readObject();
        }
        assertThat(bytes.size()).isLessThan(5_000);
        try (Trainer trainer = alone(there)) {
            assertThat(trainer.variableNames()).containsExactlyInAnyOrder("p/w/part_0", "p/w/part_1", "k");
        }
    }

    @Test
    void variableOfTextIsRefusedByName() throws Exception {
        Path file = folder.resolve("text.pb");
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            var handle = Names.handle(tf, "", "vocabulary", TString.class, Shape.of(2));
            tf.withName("words").readVariableOp(handle, TString.class);
            Files.write(file, graph.toGraphDef().toByteArray());
        }
        assertThatThrownBy(() -> alone(b -> {
                            ImportedModel.graph(file).tensorsInto(b, Map.of(), List.of("words"));
                            return ModelSpec.builder().build();
                        })
                        .close())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("variable vocabulary: DT_STRING [2], does not learn of ")
                .hasMessageContaining("holds text");
    }

    @Test
    void graphWithoutFirstValuesIsToldWhichAndWhatToGive() throws Exception {
        Path file = folder.resolve("empty.pb");
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            var handle = Names.handle(tf, "", "w", TFloat32.class, Shape.of(2));
            tf.withName("o").readVariableOp(handle, TFloat32.class);
            Files.write(file, graph.toGraphDef().toByteArray());
        }
        assertThatThrownBy(() -> alone(b -> {
                            ImportedModel.graph(file).tensorsInto(b, Map.of(), List.of("o"));
                            return ModelSpec.builder().build();
                        })
                        .close())
                .hasMessageContaining("variable \"w\" of ")
                .hasMessageContaining("give a checkpoint with ImportedModel.checkpoint");
    }

    private static Trainer onServers(ModelFunction model, String target, TrainingListener listener) {
        TrainerConfig config = Models.config(Optimizer.sgd(0.01))
                .stepTimeout(Duration.ofSeconds(10))
                .peerTimeout(Duration.ofSeconds(30))
                .build();
        return Trainer.parameterServer(
                model, ROWS.specs(), config, new ParameterServers(target, 1, "worker", 0, 0, 1), listener);
    }

    @Test
    void parameterServersTrainItToo() throws Exception {
        List<String> addresses = new ArrayList<>();
        try (ServerSocket one = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
                ServerSocket two = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            addresses.add("127.0.0.1:" + one.getLocalPort());
            addresses.add("127.0.0.1:" + two.getLocalPort());
        }
        Map<String, List<String>> jobs = Map.of("ps", List.of(addresses.get(0)), "worker", List.of(addresses.get(1)));
        TensorFlowServer.start(jobs, "ps", 0); // ends with the process
        String target = TensorFlowServer.start(jobs, "worker", 0).target();
        List<Double> losses = new ArrayList<>();
        ImportedModel model = ImportedModel.savedModel(folder.resolve("parts"));
        try (Trainer trainer = onServers(b -> parts(b, model), target, info -> losses.add(info.loss()))) {
            trainer.fit(ROWS.source(0, 0, 20, 20, 20, 20, 20));
        }
        assertThat(losses).hasSize(5);
        assertThat(losses.get(4)).isLessThan(losses.get(0));

        ImportedModel line = ImportedModel.savedModel(folder.resolve("line"));
        assertThatThrownBy(() -> onServers(
                                b -> {
                                    Operand<?> x = b.tf().slice(
                                                    b.input("x", TFloat32.class),
                                                    b.tf().constant(new int[] {0, 0}),
                                                    b.tf().constant(new int[] {-1, 2}));
                                    Operand<?> y = b.tf().dtypes.cast(b.input("label"), TFloat32.class);
                                    return ModelSpec.builder()
                                            .loss(floats(line.trainInto(b, "train", Map.of("x", x, "y", y))
                                                    .get("loss")))
                                            .build();
                                },
                                target,
                                TrainingListener.none())
                        .close())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("use Trainer.allReduce");
    }
}
