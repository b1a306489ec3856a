package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tfcluster.training.ring.Ring;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Two workers on two synchronous parameter servers against one process, over 50 steps, for each network and optimizer. */
@Timeout(120)
class PsEqualityTest {
    private static final int STEPS = 50;
    private static final int JOINED = 20;
    private static final int[] PARTS = {13, 7};
    private static final Rows ROWS = Rows.classes(STEPS * JOINED, Networks.FEATURES, 11);

    @TempDir
    static Path folder;

    private static PsServers servers;

    @BeforeAll
    static void start() throws Exception {
        servers = PsServers.start(folder, 2, 2);
    }

    @AfterAll
    static void stop() throws Exception {
        servers.close();
    }

    static List<Optimizer> optimizers() {
        return Networks.optimizers();
    }

    private static int[] sizes(int rows) {
        int[] sizes = new int[STEPS];
        Arrays.fill(sizes, rows);
        return sizes;
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void twoWorkersOnTwoServersEqualOneProcess(Optimizer optimizer) throws Exception {
        float[] expected;
        try (Trainer trainer = Trainer.allReduce(
                Networks.all(PARTS),
                ROWS.specs(),
                Models.config(optimizer).build(),
                Ring.single(),
                TrainingListener.none())) {
            trainer.fit(ROWS.source(0, JOINED, sizes(JOINED)));
            expected = Models.variables(trainer);
        }
        TrainerConfig config = Models.config(optimizer)
                .synchronousServers(0)
                .partitionBytes(256)
                .stepTimeout(Duration.ofSeconds(30))
                .peerTimeout(Duration.ofSeconds(60))
                .build();
        servers.forget();

        List<float[]> found = PsServers.run(2, rank -> {
            try (Trainer trainer = Trainer.parameterServer(
                    Networks.all(), ROWS.specs(), config, servers.place(rank, 2), TrainingListener.none())) {
                TrainingSummary summary = trainer.fit(ROWS.source(rank * PARTS[0], JOINED, sizes(PARTS[rank])));
                assertThat(summary.steps()).isEqualTo(STEPS);
                assertThat(summary.globalRows()).isEqualTo(STEPS * JOINED);
                return Models.variables(trainer);
            }
        });

        assertThat(found.get(1)).isEqualTo(found.get(0)).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(found.get(0)[i]).describedAs("number %d", i).isCloseTo(expected[i], within(1e-5f));
        }
    }
}
