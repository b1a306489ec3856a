package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A parameter server that is stopped with SIGSTOP: all workers hear which one it is, within stepTimeout and two seconds. */
@Timeout(120)
class PsFrozenTest {
    private static final Logger log = LoggerFactory.getLogger(PsFrozenTest.class);
    private static final Duration STEP = Duration.ofSeconds(3);
    private static final Duration TOLD = STEP.plusSeconds(2);
    private static final Rows ROWS = Rows.classes(2_000, 6, 1);

    @TempDir
    static Path folder;

    private static PsServers servers;

    private final AtomicLong frozen = new AtomicLong();

    @BeforeAll
    static void start() throws Exception {
        servers = PsServers.start(folder, 2, 2);
    }

    @AfterAll
    static void stop() throws Exception {
        servers.close();
    }

    @AfterEach
    void thaw() throws Exception {
        servers.signal(0, "CONT");
        servers.signal(1, "CONT");
        servers.forget();
    }

    private static TrainerConfig.Builder config(boolean synchronous) {
        TrainerConfig.Builder config =
                Models.config(Optimizer.momentum(0.05, 0.9)).stepTimeout(STEP).peerTimeout(Duration.ofSeconds(60));
        return synchronous ? config.synchronousServers(0) : config;
    }

    private static Trainer trainer(TrainerConfig config, int rank, TrainingListener listener) {
        return Trainer.parameterServer(Models::mlp, ROWS.specs(), config, servers.place(rank, 2), listener);
    }

    private void freeze(int ps) {
        try {
            servers.signal(ps, "STOP");
            frozen.set(System.nanoTime());
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns the message of the error that the work ends with, which must come in time. */
    private String told(Runnable work) {
        try {
            work.run();
            return "no error";
        } catch (IllegalStateException e) {
            Duration after = Duration.ofNanos(System.nanoTime() - frozen.get());
            log.info("told {} after SIGSTOP", after);
            assertThat(after).isLessThan(TOLD);
            return String.valueOf(e.getMessage());
        }
    }

    private static void closeInTime(Trainer trainer) {
        long begun = System.nanoTime();
        trainer.close();
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(TrainSession.CLOSE_LIMIT.plusSeconds(3));
    }

    @ParameterizedTest
    @CsvSource({"true,0", "true,1", "false,0", "false,1"})
    void workersThatTrainAreToldWhichServerItIs(boolean synchronous, int ps) throws Exception {
        TrainerConfig config = config(synchronous).build();
        AtomicBoolean once = new AtomicBoolean();

        List<String> messages = PsServers.run(2, rank -> {
            TrainingListener listener = info -> {
                if (rank == 1 && info.step() >= 10 && once.compareAndSet(false, true)) {
                    freeze(ps);
                }
            };
            Trainer trainer = trainer(config, rank, listener);
            String message = told(() -> trainer.fit((max, makeDo) -> ROWS.batch(0, 20, false)));
            closeInTime(trainer);
            return message;
        });

        assertThat(messages)
                .allSatisfy(text -> assertThat(text)
                        .contains(
                                "parameter server ps:" + ps + " did not answer worker:",
                                "for stepTimeout PT3S",
                                "frozen"));
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void workerThatWaitsForAPeerIsTold(boolean synchronous) throws Exception {
        TrainerConfig config = config(synchronous).build();
        CountDownLatch told = new CountDownLatch(1);

        List<String> messages = PsServers.run(2, rank -> {
            Trainer trainer = trainer(config, rank, TrainingListener.none());
            String message = "";
            if (rank == 0) {
                new Thread(() -> freezeSoon(0), "freezer").start();
                message = told(() -> trainer.evaluate(ROWS.source(0, 5, 5)));
                told.countDown();
            }
            assertThat(told.await(30, TimeUnit.SECONDS)).isTrue();
            closeInTime(trainer);
            return message;
        });

        assertThat(messages.get(0)).contains("adding up sums on worker:0 failed", "parameter server ps:0 did not");
    }

    private void freezeSoon(int ps) {
        try {
            TimeUnit.MILLISECONDS.sleep(700);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        freeze(ps);
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void predictionAndSavingThatNeverRanBeforeAreTold(boolean synchronous) throws Exception {
        TrainerConfig config = config(synchronous)
                .checkpoints(CheckpointConfig.in(
                        folder.resolve("saved-" + synchronous).toString()))
                .build();

        List<String> messages = PsServers.run(2, rank -> {
            Trainer trainer = trainer(config, rank, TrainingListener.none());
            trainer.strategy().reduce(new double[1]);
            if (rank == 0) {
                freeze(1);
            }
            String message = told(() -> {
                if (rank == 1) {
                    trainer.predict(ROWS.tensors(0, 3));
                } else {
                    trainer.checkpoints().orElseThrow().save(1, 0, Map.of(), "");
                }
            });
            closeInTime(trainer);
            return message;
        });

        assertThat(messages.get(1)).contains("prediction on worker:1", "parameter server ps:1 did not answer");
        assertThat(messages.get(0)).contains("parameter server ps:1 did not answer");
    }

    @Test
    void workerThatWaitsForTheVariablesIsTold() throws Exception {
        new Thread(() -> freezeSoon(1), "freezer").start();

        String message = told(
                () -> trainer(config(true).build(), 1, TrainingListener.none()).close());

        assertThat(message).contains("parameter server ps:1 did not answer worker:1");
    }

    @Test
    void trainerIsNotMadeWhileAServerIsFrozenAndTheErrorNamesIt() {
        freeze(1);

        String message = told(
                () -> trainer(config(false).peerTimeout(Duration.ofSeconds(2)).build(), 0, TrainingListener.none())
                        .close());

        assertThat(message).contains("did not all answer worker:0 within peerTimeout PT2S; ps:1 did not");
    }

    @ParameterizedTest
    @CsvSource({"true,0", "false,1"})
    void pauseShorterThanTheLimitDoesNoHarm(boolean synchronous, int ps) throws Exception {
        TrainerConfig config =
                config(synchronous).stepTimeout(Duration.ofSeconds(15)).build(); // the machine may be slow
        int[] sizes = new int[40];
        Arrays.fill(sizes, 20);
        AtomicBoolean once = new AtomicBoolean();

        List<Long> rows = PsServers.run(2, rank -> {
            TrainingListener listener = info -> {
                if (rank == 1 && info.step() >= 10 && once.compareAndSet(false, true)) {
                    freeze(ps);
                    new Thread(() -> thawSoon(ps), "thawer").start();
                }
            };
            try (Trainer trainer = trainer(config, rank, listener)) {
                return trainer.fit(ROWS.source(0, 20, sizes)).rows();
            }
        });

        assertThat(rows).containsOnly(800L);
        assertThat(frozen).doesNotHaveValue(0);
    }

    private static void thawSoon(int ps) {
        try {
            TimeUnit.MILLISECONDS.sleep(STEP.toMillis() / 2);
            servers.signal(ps, "CONT");
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
