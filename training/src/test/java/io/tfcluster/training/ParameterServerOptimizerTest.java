package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tfcluster.training.ring.Ring;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Decay and clipping where variables are on another process: one worker takes the steps that a process alone takes. */
@Timeout(120)
class ParameterServerOptimizerTest {
    private static final int STEPS = 30;
    private static final Rows ROWS = Rows.classes(STEPS * 20, Networks.FEATURES, 11);
    private static final TrainerConfig CONFIG = Models.config(Optimizer.adam(0.005)
                    .withWeightDecay(WeightDecay.l2(0.01).exceptBiasesAndNorms())
                    .withClipping(Clipping.byGlobalNorm(0.5))
                    .withWeightDecay(WeightDecay.decoupled(0.1)))
            .stepTimeout(Duration.ofSeconds(30))
            .peerTimeout(Duration.ofSeconds(60))
            .build();

    @TempDir
    Path folder;

    private static String address() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return "127.0.0.1:" + socket.getLocalPort();
        }
    }

    private static float[] trained(Trainer trainer) {
        int[] sizes = new int[STEPS];
        Arrays.fill(sizes, 20);
        trainer.fit(ROWS.source(0, 20, sizes));
        assertThat(trainer.step()).isEqualTo(STEPS);
        return Models.variables(trainer);
    }

    @Test
    void adjustedOptimizerTakesTheStepsOfOneProcess() throws Exception {
        float[] expected;
        try (Trainer alone =
                Trainer.allReduce(Networks.all(), ROWS.specs(), CONFIG, Ring.single(), TrainingListener.none())) {
            expected = trained(alone);
        }
        String ps = address();
        String worker = address();
        Path log = folder.resolve("ps");
        Process child = ChildTask.start(log, "ps", 0, ps, worker);
        float[] found;
        try {
            TensorFlowServer server =
                    TensorFlowServer.start(Map.of("ps", List.of(ps), "worker", List.of(worker)), "worker", 0);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> Files.readString(log).contains("serving"));
            ParameterServers servers = new ParameterServers(server.target(), 1, "worker", 0, 0, 1);
            try (Trainer trainer =
                    Trainer.parameterServer(Networks.all(), ROWS.specs(), CONFIG, servers, TrainingListener.none())) {
                found = trained(trainer);
            }
        } finally {
            child.destroyForcibly().waitFor();
        }

        assertThat(found).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(found[i]).describedAs("number %d", i).isCloseTo(expected[i], within(1e-5f));
        }
    }
}
