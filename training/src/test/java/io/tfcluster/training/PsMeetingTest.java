package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Result;
import org.tensorflow.types.TInt64;

/** Workers on parameter servers that do something together between steps: wait for the chief, add up, tell each other texts. */
@Timeout(120)
class PsMeetingTest {
    private static final int STEPS = 50;
    private static final Rows ROWS = Rows.classes(STEPS * 20 + 300, 6, 1);

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

    @BeforeEach
    void forget() {
        servers.forget();
    }

    private static TrainerConfig.Builder config(Optimizer optimizer) {
        return PsSyncTest.config(optimizer);
    }

    private static Trainer trainer(TrainerConfig config, int rank, int workers, TrainingListener listener) {
        return Trainer.parameterServer(PsSyncTest::model, ROWS.specs(), config, servers.place(rank, workers), listener);
    }

    @Test
    void workOfTheChiefIsWaitedForAndItsFailureIsThrownOnAll() throws Exception {
        TrainerConfig config = config(Optimizer.sgd(0.1)).build();
        AtomicBoolean worked = new AtomicBoolean();

        List<String> messages = PsServers.run(3, rank -> {
            try (Trainer trainer = trainer(config, rank, 3, TrainingListener.none())) {
                Strategy strategy = trainer.strategy();
                double[] sums = {rank, 1L << 40, 0.5};
                strategy.reduce(sums);
                assertThat(sums).containsExactly(3, 3.0 * (1L << 40), 1.5);
                strategy.alone(
                        "export", () -> assertThat(worked.getAndSet(true)).isFalse());
                assertThat(worked).isTrue();
                try {
                    strategy.alone("export", () -> {
                        throw new IllegalStateException("disk full");
                    });
                    return "none";
                } catch (IllegalStateException e) {
                    return String.valueOf(e.getMessage());
                }
            }
        });

        assertThat(messages).allSatisfy(text -> assertThat(text).contains("disk full"));
    }

    @Test
    void workerThatDoesNotComeToAMeetingIsNamed() throws Exception {
        TrainerConfig config =
                config(Optimizer.sgd(0.1)).peerTimeout(Duration.ofSeconds(8)).build();
        CountDownLatch told = new CountDownLatch(2);

        List<String> messages = PsServers.run(3, rank -> {
            try (Trainer trainer = trainer(config, rank, 3, TrainingListener.none())) {
                if (rank == 2) {
                    PsSyncTest.await(told);
                    return "elsewhere";
                }
                try {
                    trainer.evaluate(ROWS.source(0, 5, 5));
                    return "evaluated";
                } catch (IllegalStateException e) {
                    told.countDown();
                    return String.valueOf(e.getMessage());
                }
            }
        });

        assertThat(messages.subList(0, 2)).allSatisfy(text -> assertThat(text).contains("ranks [2] of 3 did not come"));
    }

    @Test
    void workersThatDoNotStepTogetherMeetAfterwards() throws Exception {
        TrainerConfig config = Models.config(Optimizer.sgd(0.01))
                .stepTimeout(Duration.ofSeconds(10))
                .peerTimeout(Duration.ofSeconds(20))
                .build();
        AtomicBoolean exported = new AtomicBoolean();

        List<Long> found = PsServers.run(2, rank -> {
            try (Trainer trainer = trainer(config, rank, 2, TrainingListener.none())) {
                trainer.fit(ROWS.source(0, 5, rank == 0 ? new int[] {5, 5, 5} : PsSyncTest.all(5)));
                trainer.strategy().alone("export", () -> exported.set(true));
                assertThat(exported).isTrue();
                double[] sums = {1};
                trainer.strategy().reduce(sums);
                assertThat(sums).containsExactly(2);
                return globalStep(trainer.strategy());
            }
        });

        assertThat(found).containsOnly(STEPS + 3L);
    }

    @Test
    void textsOfAllWorkersReachAllInTheOrderOfRanks() throws Exception {
        TrainerConfig config = config(Optimizer.sgd(0.1)).build();
        List<String> said = List.of("{\"partition\":\"größte\"}", "", "3\n\ud83d\ude80");

        List<List<String>> heard = PsServers.run(3, rank -> {
            try (Trainer trainer = trainer(config, rank, 3, TrainingListener.none())) {
                return trainer.strategy().gather(said.get(rank));
            }
        });

        assertThat(heard).containsOnly(said);
    }

    private static long globalStep(Strategy strategy) {
        try (Result result = strategy.session().run("step", Map.of(), List.of(TrainGraph.STEP), List.of())) {
            return ((TInt64) result.get(0)).getLong();
        }
    }
}
