package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tfcluster.training.layers.Layers;
import io.tfcluster.training.ring.Ring;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.DeviceSpec;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** Where variables, slots, and the halves of a network are. */
@Timeout(90)
class PsPlacementTest {
    private static final Rows ROWS = Rows.classes(1_000, 6, 1);
    private static final int STEPS = 50;

    @TempDir
    Path folder;

    /** A network whose first half, with its variables, is on ps 0 and whose second is on ps 1. */
    static ModelSpec halves(ModelBuilder model) {
        return halves(model, "ps");
    }

    private static ModelSpec halves(ModelBuilder model, String job) {
        ModelBuilder first = model.withDevice(task("ps", 0));
        ModelBuilder second = model.withDevice(task(job, 1));
        Operand<TFloat32> x = model.input("x", TFloat32.class);
        Operand<TFloat32> hidden = first.tf().math.tanh(Layers.dense(first, "hidden", x, 16));
        Operand<TFloat32> more = second.tf().nn.relu(Layers.dense(second, "more", hidden, 8));
        Operand<TFloat32> logits = Layers.dense(second, "out", more, 3);
        Operand<TInt64> label = model.input("label", TInt64.class);
        return ModelSpec.builder()
                .loss(Layers.softmaxCrossEntropy(second, logits, label, 0))
                .prediction("probabilities", second.tf().nn.softmax(logits))
                .build();
    }

    private static DeviceSpec task(String job, int task) {
        return DeviceSpec.newBuilder().job(job).task(task).build();
    }

    private static ParameterServers place(int servers) {
        return new ParameterServers("grpc://127.0.0.1:1", servers, "worker", 0, 0, 1);
    }

    private static int[] sizes() {
        int[] sizes = new int[STEPS];
        Arrays.fill(sizes, 20);
        return sizes;
    }

    @ParameterizedTest
    @ValueSource(strings = {"ps", "worker"})
    void halvesOfANetworkOnTwoProcessesLearnWhatOneProcessDoes(String job) throws Exception {
        ModelFunction model = builder -> halves(builder, job);
        TrainerConfig config = Models.config(Optimizer.momentum(0.1, 0.9)).build();
        float[] expected;
        try (Trainer trainer = Trainer.allReduce(model, ROWS.specs(), config, Ring.single(), TrainingListener.none())) {
            trainer.fit(ROWS.source(0, 20, sizes()));
            expected = Models.variables(trainer);
        }

        try (PsServers servers = PsServers.start(folder, 2, 2)) {
            List<Double> losses = new ArrayList<>();
            try (Trainer trainer = Trainer.parameterServer(
                    model, ROWS.specs(), config, servers.place(0, 1), info -> losses.add(info.loss()))) {
                trainer.fit(ROWS.source(0, 20, sizes()));

                float[] found = Models.variables(trainer);
                assertThat(found).hasSameSizeAs(expected);
                for (int i = 0; i < expected.length; i++) {
                    assertThat(found[i]).isCloseTo(expected[i], within(1e-5f));
                }
                assertThat(losses.get(STEPS - 1)).isLessThan(losses.get(0) / 2);
                trainer.exportSavedModel(folder.resolve("model"));
            }
        }
        try (SavedModelBundle bundle =
                SavedModelBundle.load(folder.resolve("model").toString(), "serve")) {
            assertThat(bundle.function("serving_default").signature().outputNames())
                    .containsExactly("probabilities");
        }
    }

    @Test
    void gradientsAreBesideTheOperationsTheyDeriveFrom() {
        TrainerConfig config = Models.config(Optimizer.adam(0.1)).build();
        try (TrainGraph graph =
                new TrainGraph(PsPlacementTest::halves, ROWS.specs(), config, 0, new PsPartition(2, 1 << 20))) {
            graph.addOwnUpdate(true);
            try (Graph placed = PlacedGraph.of(graph, place(2))) {
                Map<String, List<String>> gradients = new HashMap<>();
                for (NodeDef node : placed.toGraphDef().getNodeList()) {
                    if (node.getName().startsWith("gradients")) {
                        gradients
                                .computeIfAbsent(node.getOp(), op -> new ArrayList<>())
                                .add(node.getDevice());
                    }
                    if (node.getOp().startsWith("ResourceApply")
                            && node.getInput(0).contains("out/")) {
                        assertThat(node.getDevice()).isEqualTo("/job:ps/task:1");
                    }
                }
                assertThat(gradients.get("TanhGrad")).containsOnly("/job:ps/task:0");
                assertThat(gradients.get("ReluGrad")).containsOnly("/job:ps/task:1");
                // Each dense layer's for kernel and input; the first one's input is no variable, but TensorFlow derives
                // it nevertheless.
                assertThat(gradients.get("MatMul").stream()
                                .filter(device -> device.equals("/job:ps/task:1"))
                                .count())
                        .isEqualTo(4);
                assertThat(gradients.get("MatMul")).contains("/job:ps/task:0").doesNotContain("/job:worker/task:0");
                assertThat(gradients.get("BiasAddGrad"))
                        .containsExactlyInAnyOrder("/job:ps/task:0", "/job:ps/task:1", "/job:ps/task:1");
            }
        }
    }

    private static ModelSpec large(ModelBuilder model) {
        Operand<TFloat32> table = model.variable("table", Shape.of(1_001, 32), Initializer.glorotUniform());
        Operand<TFloat32> found = model.tf()
                .gather(table, model.input("label", TInt64.class), model.tf().constant(0));
        Operand<TFloat32> hidden = Layers.dense(model, "hidden", found, 200);
        return ModelSpec.builder()
                .loss(Layers.mean(model, Layers.dense(model, "out", hidden, 1)))
                .build();
    }

    @Test
    void largeVariablesAreSharedAndAllAreSpreadBySizeWithTheirSlots() {
        TrainerConfig config = Models.config(Optimizer.adam(0.1)).build();
        try (TrainGraph graph =
                new TrainGraph(PsPlacementTest::large, ROWS.specs(), config, 0, new PsPartition(3, 16_384))) {
            graph.addOwnUpdate(true);

            assertThat(graph.variables())
                    .extracting(VariableStore.Variable::name)
                    .contains("table/part_0", "table/part_1", "table/part_2", "hidden/kernel/part_1");
            List<VariableStore.Variable> parts = graph.variables().stream()
                    .filter(variable -> variable.whole().name().equals("table"))
                    .toList();
            assertThat(parts)
                    .extracting(VariableStore.Variable::shape)
                    .containsExactly(Shape.of(334, 32), Shape.of(334, 32), Shape.of(333, 32));
            assertThat(parts).extracting(VariableStore.Variable::offset).containsExactly(0, 334 * 32, 668 * 32);

            Map<String, String> homes = PlacedGraph.homes(graph, 3);
            Map<String, Long> load = new HashMap<>();
            graph.variables()
                    .forEach(variable ->
                            load.merge(String.valueOf(homes.get(variable.name())), (long) variable.size(), Long::sum));
            long largest =
                    load.values().stream().mapToLong(Long::longValue).max().orElseThrow();
            assertThat(load).hasSize(3);
            assertThat(largest).isLessThan(graph.elements() / 3 * 11 / 10);
            parts.forEach(
                    part -> assertThat(homes.get("slots/m/" + part.name())).isEqualTo(homes.get(part.name())));
        }
    }

    @Test
    void partsAreAsManyAsTheSizeNeedsAndNoMoreThanServersOrRows() {
        assertThat(new PsPartition(4, 100).cut(Shape.of(10, 5))).containsExactly(Shape.of(5, 5), Shape.of(5, 5));
        assertThat(new PsPartition(2, 4).cut(Shape.of(9))).containsExactly(Shape.of(5), Shape.of(4));
        assertThat(new PsPartition(4, 4).cut(Shape.of(2, 9))).hasSize(2);
        assertThat(new PsPartition(4, 200).cut(Shape.of(10, 5))).hasSize(1);
        assertThat(new PsPartition(1, 4).cut(Shape.of(10, 5))).hasSize(1);
        assertThat(PsPartition.NONE.cut(Shape.of(10, 5))).hasSize(1);
    }
}
