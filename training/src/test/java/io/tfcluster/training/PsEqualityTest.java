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
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Two and three workers with uneven shares on two synchronous parameter servers against one process, over 50 steps, for each network and optimizer. */
@Timeout(120)
class PsEqualityTest {
    private static final int STEPS = 50;
    private static final int JOINED = 20;
    /** Rows of each step, by worker; batch normalisation takes each share by itself, so the one process must know them. */
    private static final List<int[]> SHARES = List.of(new int[] {13, 7}, new int[] {9, 7, 4});

    private static final Rows ROWS = Rows.classes(STEPS * JOINED, Networks.FEATURES, 11);

    @TempDir
    static Path folder;

    private static PsServers servers;

    @BeforeAll
    static void start() throws Exception {
        servers = PsServers.start(folder, 2, 3);
    }

    @AfterAll
    static void stop() throws Exception {
        servers.close();
    }

    static List<Arguments> optimizersAndShares() {
        return Networks.optimizers().stream()
                .flatMap(optimizer -> SHARES.stream().map(shares -> Arguments.of(optimizer, shares)))
                .toList();
    }

    private static int[] sizes(int rows) {
        int[] sizes = new int[STEPS];
        Arrays.fill(sizes, rows);
        return sizes;
    }

    @ParameterizedTest
    @MethodSource("optimizersAndShares")
    void workersOnTwoServersEqualOneProcess(Optimizer optimizer, int[] shares) throws Exception {
        float[] expected;
        try (Trainer trainer = Trainer.allReduce(
                Networks.all(shares),
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

        List<float[]> found = PsServers.run(shares.length, rank -> {
            int first = Arrays.stream(shares, 0, rank).sum();
            ParameterServers place = servers.place(rank, shares.length);
            try (Trainer trainer =
                    Trainer.parameterServer(Networks.all(), ROWS.specs(), config, place, TrainingListener.none())) {
                TrainingSummary summary = trainer.fit(ROWS.source(first, JOINED, sizes(shares[rank])));
                assertThat(summary.steps()).isEqualTo(STEPS);
                assertThat(summary.globalRows()).isEqualTo(STEPS * JOINED);
                return Models.variables(trainer);
            }
        });

        assertThat(found)
                .allSatisfy(variables ->
                        assertThat(variables).isEqualTo(found.get(0)).hasSameSizeAs(expected));
        for (int i = 0; i < expected.length; i++) {
            assertThat(found.get(0)[i]).describedAs("number %d", i).isCloseTo(expected[i], within(1e-5f));
        }
    }
}
