package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Tensor;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;

@Timeout(90)
class ParameterServerTest {
    static final Rows ROWS = Rows.classes(2_000, 6, 1);
    private static final int STEPS = 60;

    @TempDir
    Path folder;

    static int[] sizes() {
        int[] sizes = new int[STEPS];
        Arrays.fill(sizes, 20);
        return sizes;
    }

    static Trainer trainer(
            TensorFlowServer server, Map<String, List<String>> jobs, int index, TrainingListener listener) {
        TrainerConfig config = Models.config(Optimizer.adam(0.02))
                .stepTimeout(Duration.ofSeconds(10))
                .peerTimeout(Duration.ofSeconds(15))
                .build();
        ParameterServers servers = new ParameterServers(
                server.target(),
                jobs.get("ps").size(),
                "worker",
                index,
                index,
                jobs.get("worker").size());
        return Trainer.parameterServer(Models::mlp, ROWS.specs(), config, servers, listener);
    }

    static List<String> addresses(int count) throws IOException {
        List<ServerSocket> held = new ArrayList<>();
        List<String> addresses = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
            held.add(socket);
            addresses.add("127.0.0.1:" + socket.getLocalPort());
        }
        for (ServerSocket socket : held) {
            socket.close();
        }
        return addresses;
    }

    @Test
    void twoWorkersLearnOnTwoParameterServersAndADeadServerIsTold() throws Exception {
        List<String> all = addresses(4);
        Map<String, List<String>> jobs = Map.of("ps", all.subList(0, 2), "worker", all.subList(2, 4));
        String ps = String.join(",", jobs.get("ps"));
        String workers = String.join(",", jobs.get("worker"));
        List<Process> children = new ArrayList<>();
        try {
            children.add(ChildTask.start(folder.resolve("ps0"), "ps", 0, ps, workers));
            children.add(ChildTask.start(folder.resolve("ps1"), "ps", 1, ps, workers));
            children.add(ChildTask.start(folder.resolve("worker1"), "worker", 1, ps, workers));
            TensorFlowServer server = TensorFlowServer.start(jobs, "worker", 0);
            awaitLine("ps0", "serving");
            awaitLine("ps1", "serving");
            awaitLine("worker1", "serving");

            List<StepInfo> steps = new ArrayList<>();
            try (Trainer trainer = trainer(server, jobs, 0, steps::add)) {
                trainer.fit(ROWS.source(100, 20, sizes()));
                awaitLine("worker1", "trained " + STEPS);

                assertThat(steps).hasSize(STEPS);
                assertThat(steps.get(STEPS - 1).loss()).isLessThan(steps.get(0).loss());
                try (Trainer again = trainer(server, jobs, 0, TrainingListener.none())) {
                    // Rank 0 that comes back finds what was learned: every step of both workers, exactly.
                    assertThat(again.step()).isEqualTo(2L * STEPS);
                }
                checkNotTogether(trainer);
                checkEvaluateAndExport(trainer);
                checkBadLoss(trainer);
                children.get(1).destroyForcibly().waitFor();
                checkDeadServer(trainer);
            }
        } finally {
            for (Process child : children) {
                child.destroyForcibly().waitFor();
            }
        }
    }

    private static void checkNotTogether(Trainer trainer) {
        FitOptions.Builder options = FitOptions.builder().validation(ROWS.source(0, 20, 20));
        assertThatThrownBy(() -> trainer.fit(
                        ROWS.source(0, 20, 20),
                        options.earlyStopping(EarlyStopping.minimize("loss")).build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cannot agree when metric \"loss\" ends the training");
        assertThatThrownBy(() -> trainer.fit(
                        ROWS.source(0, 20, 20),
                        FitOptions.builder()
                                .validation(ROWS.source(0, 20, 20), Trigger.steps(5))
                                .build()))
                .hasMessageContaining("validate with Trigger.epochs, not Steps[count=5]");
    }

    private void checkEvaluateAndExport(Trainer trainer) {
        Map<String, Double> means = trainer.evaluate(ROWS.source(1_500, 100, 100, 100));
        assertThat(means.get("accuracy")).isGreaterThan(0.8);
        awaitLine("worker1", "evaluated " + means); // the same, over the rows of both
        trainer.exportSavedModel(folder.resolve("model"));
        Map<String, Tensor> inputs = ROWS.tensors(0, 3);
        Map<String, Tensor> predicted = trainer.predict(inputs);
        try (SavedModelBundle bundle =
                        SavedModelBundle.load(folder.resolve("model").toString(), "serve");
                var found = bundle.function("serving_default").call(Map.of("x", inputs.get("x")))) {
            float here = ((TFloat32) predicted.get("probabilities")).getFloat(2, 1);
            float there = ((TFloat32) found.get("probabilities").orElseThrow()).getFloat(2, 1);
            assertThat(there).isCloseTo(here, within(1e-5f));
        }
        predicted.values().forEach(Tensor::close);
        inputs.values().forEach(Tensor::close);
    }

    private static void checkBadLoss(Trainer trainer) {
        Rows bad = new Rows(new float[][] {{Float.NaN, 0, 0, 0, 0, 0}}, new long[] {0});
        float[] before = Models.variables(trainer);

        assertThatThrownBy(() -> trainer.fit(bad.source(0, 0, 1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("NaN or infinite on worker:0");
        assertThat(Models.variables(trainer)).isEqualTo(before);
    }

    private static void checkDeadServer(Trainer trainer) {
        long begun = System.nanoTime();
        assertThatThrownBy(() -> trainer.fit(ROWS.source(0, 20, 20, 20, 20, 20)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("did not come back to worker:0 within peerTimeout PT15S");
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(30));
    }

    private void awaitLine(String log, String line) {
        Awaitility.await("\"" + line + "\" in the log of " + log)
                .atMost(Duration.ofSeconds(40))
                .until(() -> Files.readString(folder.resolve(log)).contains(line));
    }

    @Test
    void variablesAndSlotsLiveOnTheServersAndEverythingElseHere() {
        TrainerConfig config = Models.config(Optimizer.adam(0.1)).build();
        try (TrainGraph graph = new TrainGraph(Models::mlp, ROWS.specs(), config, 0)) {
            graph.addOwnUpdate(true);
            try (Graph placed =
                    PlacedGraph.of(graph, new ParameterServers("grpc://127.0.0.1:1", 2, "chief", 0, 0, 1))) {
                Map<String, String> homes = new java.util.HashMap<>();
                for (NodeDef node : placed.toGraphDef().getNodeList()) {
                    assertThat(node.getDevice()).as(node.getName()).isNotEmpty();
                    boolean resource =
                            node.getOp().equals("VarHandleOp") || node.getOp().startsWith("ResourceApply");
                    assertThat(node.getDevice()).as(node.getName()).contains(resource ? "job:ps" : "job:");
                    if (node.getOp().endsWith("Grad") || node.getOp().equals("MatMul")) {
                        assertThat(node.getDevice()).isEqualTo("/job:chief/task:0");
                    }
                    if (node.getOp().equals("VarHandleOp")) {
                        homes.put(node.getAttrOrThrow("shared_name").getS().toStringUtf8(), node.getDevice());
                    }
                }
                assertThat(homes.get("slots/m/hidden/kernel")).isEqualTo(homes.get("hidden/kernel"));
                assertThat(homes.get("out/kernel")).isNotEqualTo(homes.get("hidden/kernel"));
                assertThat(homes.values()).contains("/job:ps/task:0", "/job:ps/task:1");
            }
        }
    }

    @Test
    void targetThatIsNoServersIsRefused() {
        assertThatThrownBy(() -> new ParameterServers("127.0.0.1:1", 1, "worker", 0, 0, 1))
                .hasMessageContaining("grpc://host:port");
        assertThatThrownBy(() -> TensorFlowServer.start(Map.of("ps", List.of("127.0.0.1:1")), "worker", 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("worker:0");
    }
}
