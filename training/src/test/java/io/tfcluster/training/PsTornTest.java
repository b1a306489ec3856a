package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tensorflow.Result;
import org.tensorflow.types.TInt64;

/**
 * Synchronous parameter servers whose rank 0 is killed, or that are frozen, at any moment of an update: who comes next finds the variables
 * of a whole step, bit for bit.
 */
@Timeout(150)
class PsTornTest {
    private static final Logger log = LoggerFactory.getLogger(PsTornTest.class);
    private static final int STEPS = 250;
    private static final int TIMES = 6;

    @TempDir
    static Path folder;

    private static PsServers servers;
    /** Hash of the variables after each step, as they are when nothing happens. */
    private static final List<Integer> UNDISTURBED = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        servers = PsServers.start(folder, 2, 1, TIMES);
        Trainer[] self = new Trainer[1];
        try (Trainer trainer = PsTornTask.trainer(
                servers.place(0, 1), info -> UNDISTURBED.add(Arrays.hashCode(Models.variables(self[0]))))) {
            self[0] = trainer;
            UNDISTURBED.add(Arrays.hashCode(Models.variables(trainer)));
            trainer.fit(PsTornTask.rows(STEPS));
        }
    }

    @AfterAll
    static void stop() throws Exception {
        servers.close();
    }

    /** Returns the step at which the next rank 0 finds the variables. */
    private static long checkWhole() {
        try (Trainer trainer = PsTornTask.trainer(servers.place(0, 1), TrainingListener.none())) {
            long step = trainer.step();
            assertThat(Arrays.hashCode(Models.variables(trainer)))
                    .describedAs("variables of step %d", step)
                    .isEqualTo(UNDISTURBED.get((int) step));
            trainer.fit(PsTornTask.rows(step, 2));
            assertThat(Arrays.hashCode(Models.variables(trainer))).isEqualTo(UNDISTURBED.get((int) step + 2));
            return step;
        }
    }

    @Test
    void rankZeroThatIsKilledLeavesAWholeStep() throws Exception {
        Set<Long> steps = new HashSet<>();
        for (int time = 0; time < TIMES; time++) {
            servers.forget();
            Path out = folder.resolve("rank0-" + time);
            Process child = PsTornTask.start(out, servers, 1 + time);
            try {
                Awaitility.await()
                        .atMost(Duration.ofSeconds(40))
                        .pollInterval(Duration.ofMillis(5))
                        .until(() -> lastStep(out) >= 3);
                TimeUnit.MICROSECONDS.sleep(new SplittableRandom(time).nextInt(150_000));
            } finally {
                child.destroyForcibly().waitFor();
            }
            steps.add(checkWhole());
        }
        log.info("killed at steps {}", steps);
        assertThat(steps).allSatisfy(step -> assertThat(step).isBetween(3L, (long) STEPS));
    }

    private static long lastStep(Path out) throws IOException {
        return Files.readString(out)
                .lines()
                .filter(line -> line.startsWith("step "))
                .count();
    }

    @Test
    void serverThatIsFrozenAndGoesOnLaterChangesNothing() throws Exception {
        for (int time = 0; time < 2; time++) {
            servers.forget();
            int ps = time % 2;
            long delay = new SplittableRandom(time).nextInt(60_000);
            Thread freezer = new Thread(() -> freeze(ps, delay), "freezer");
            String message = "";
            try (Trainer trainer = PsTornTask.trainer(servers.place(0, 1), info -> {
                if (info.step() == 3) {
                    freezer.start();
                }
            })) {
                trainer.fit(PsTornTask.rows(STEPS));
            } catch (IllegalStateException e) {
                message = String.valueOf(e.getMessage());
            } finally {
                freezer.join();
                servers.signal(ps, "CONT");
            }
            assertThat(message).contains("parameter server ps:" + ps + " did not answer");
            long step = checkWhole();
            log.info("frozen at step {}", step);
        }
    }

    private static void freeze(int ps, long micros) {
        try {
            TimeUnit.MICROSECONDS.sleep(micros);
            servers.signal(ps, "STOP");
        } catch (InterruptedException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** As a rank 0 leaves them that froze or lost its connection: the servers go on with what they began for it. */
    @Test
    void lettersThatRunsOfAnEarlierRankZeroTakeAreSentAgain() throws Exception {
        servers.forget();
        try (Trainer old = PsTornTask.trainer(servers.place(0, 1), TrainingListener.none())) {
            old.fit(PsTornTask.rows(2));
            PsSyncStrategy strategy = (PsSyncStrategy) old.strategy();
            strategy.releaseHelpers();
            List<PsConnection> takers = new ArrayList<>();
            try {
                List<Thread> threads = List.of(
                        taker(strategy, takers, PsSyncGraph.PUSHES),
                        taker(strategy, takers, PsSyncGraph.PUSHES),
                        taker(strategy, takers, PsSyncGraph.tokens(0)));
                TimeUnit.MILLISECONDS.sleep(500); // nothing tells that a server waits
                assertThat(checkWhole()).isEqualTo(2);
                assertThat(threads).noneMatch(Thread::isAlive); // each had its letter
            } finally {
                takers.forEach(PsConnection::release);
            }
        }
    }

    private static Thread taker(PsSyncStrategy strategy, List<PsConnection> takers, PsMailbox mailbox) {
        PsConnection connection = strategy.connection.another();
        takers.add(connection);
        Thread taker = new Thread(
                () -> {
                    try {
                        mailbox.take(connection, "taking a letter", Duration.ofSeconds(60));
                    } catch (IllegalStateException e) {
                        log.debug("released", e);
                    }
                },
                "taker");
        taker.setDaemon(true);
        taker.start();
        return taker;
    }

    @Test
    void halfAnUpdateIsTakenBackOnTheServerThatMadeIt() throws Exception {
        servers.forget();
        try (Trainer trainer = PsTornTask.trainer(servers.place(0, 1), TrainingListener.none())) {
            trainer.fit(PsTornTask.rows(2));
            float[] before = Models.variables(trainer);
            // The next update begins, and changes one server's variables, as if the other one had been too late.
            PsTornTask.half(trainer);
            assertThat(Models.variables(trainer)).isNotEqualTo(before);
        }
        assertThat(checkWhole()).isEqualTo(2);
    }

    @Test
    void rankZeroThatWasReplacedChangesNothingMore() throws Exception {
        servers.forget();
        try (Trainer old = PsTornTask.trainer(servers.place(0, 1), TrainingListener.none())) {
            old.fit(PsTornTask.rows(2));
            assertThat(checkWhole()).isEqualTo(2);
            String message = "";
            try {
                PsTornTask.half(old);
            } catch (RuntimeException e) {
                message = String.valueOf(e.getMessage());
            }
            assertThat(message).contains("another rank 0 has taken these parameter servers over");
            try (Result result = old.strategy().session().run("step", Map.of(), List.of(TrainGraph.STEP), List.of())) {
                assertThat(((TInt64) result.get(0)).getLong()).isEqualTo(4);
            }
        }
    }
}
