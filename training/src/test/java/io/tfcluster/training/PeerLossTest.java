package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.training.ring.Ring;
import io.tfcluster.training.ring.RingException;
import io.tfcluster.training.ring.RingListener;
import io.tfcluster.training.ring.Workers;
import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.PortRange;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process that is killed or frozen at any moment of a step: the other hears of it in time, its variables those of a whole step. */
@Timeout(180)
class PeerLossTest {
    private static final int STEPS = 80;
    private static final int TIMES = 4;

    /** Hash of the variables after each step, as they are when nothing happens. */
    private static List<Integer> undisturbed;

    @TempDir
    Path folder;

    @BeforeAll
    static void trainUndisturbed() throws Exception {
        undisturbed = Workers.run(2, ring -> {
                    List<Integer> hashes = new ArrayList<>();
                    Trainer[] self = new Trainer[1];
                    try (Trainer trainer = PeerTask.trainer(ring, Long.MAX_VALUE, info -> hashes.add(hash(self[0])))) {
                        self[0] = trainer;
                        hashes.add(hash(trainer));
                        BatchSource rows = PeerTask.rows(ring.rank());
                        int[] steps = {0};
                        trainer.fit((max, makeDo) ->
                                steps[0]++ < STEPS ? rows.next(max, makeDo) : PeerTask.ROWS.batch(0, 0, true));
                    }
                    return hashes;
                })
                .get(0);
        assertThat(undisturbed).hasSize(STEPS + 1).doesNotHaveDuplicates();
    }

    private static int hash(Trainer trainer) {
        return Arrays.hashCode(Models.variables(trainer));
    }

    @Test
    void killedPeerIsToldAtOnceAndLeavesAWholeStep() throws Exception {
        for (int i = 0; i < TIMES; i++) {
            Duration told = lose("KILL", i);
            assertThat(told).isLessThan(PeerTask.LIMIT);
        }
    }

    @Test
    void frozenPeerIsToldWithinItsLimitsAndLeavesAWholeStep() throws Exception {
        for (int i = 0; i < TIMES; i++) {
            Duration told = lose("STOP", 100 + i);
            assertThat(told).isLessThan(PeerTask.LIMIT.multipliedBy(2).plusSeconds(2));
        }
    }

    /** Sends the signal at a random moment and returns how long after it the trainer of rank 0 failed. */
    private Duration lose(String signal, long seed) throws Exception {
        long fusionBytes = seed % 2 == 0 ? Long.MAX_VALUE : 10_000; // in one piece, and in several
        byte[] key = new byte[32];
        new SplittableRandom(seed).nextBytes(key);
        ClusterSecret secret = ClusterSecret.of(key);
        Process peer = PeerTask.start(folder.resolve(signal + seed + ".log"), fusionBytes);
        AtomicLong signalled = new AtomicLong();
        try (RingListener listener = RingListener.open("127.0.0.1", PortRange.ANY, secret);
                Writer out = new OutputStreamWriter(peer.getOutputStream(), StandardCharsets.UTF_8);
                BufferedReader in =
                        new BufferedReader(new InputStreamReader(peer.getInputStream(), StandardCharsets.UTF_8))) {
            out.write(HexFormat.of().formatHex(key) + "\n" + listener.port() + "\n");
            out.flush();
            List<InetSocketAddress> addresses = List.of(
                    new InetSocketAddress("127.0.0.1", listener.port()),
                    new InetSocketAddress("127.0.0.1", Integer.parseInt(in.readLine())));
            CountDownLatch started = new CountDownLatch(10);
            Thread killer = new Thread(() -> signalAfter(started, peer, signal, seed, signalled), "killer");
            killer.setDaemon(true);
            killer.start();
            try (Ring ring = listener.form(0, addresses, Duration.ofSeconds(30), PeerTask.LIMIT);
                    Trainer trainer = PeerTask.trainer(ring, fusionBytes, info -> started.countDown())) {
                assertThatThrownBy(() -> trainer.fit(PeerTask.rows(0)))
                        .isInstanceOf(RingException.class)
                        .hasMessageContaining("rank 1");
                Duration told = Duration.ofNanos(System.nanoTime() - signalled.get());
                assertThat(signalled.get()).isNotZero();
                assertThat(trainer.step()).isBetween(10L, (long) STEPS);
                assertThat(hash(trainer)).isEqualTo(undisturbed.get((int) trainer.step()));
                return told;
            }
        } finally {
            peer.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
    }

    private static void signalAfter(
            CountDownLatch started, Process peer, String signal, long seed, AtomicLong signalled) {
        try {
            if (started.await(60, TimeUnit.SECONDS)) {
                TimeUnit.MICROSECONDS.sleep(new SplittableRandom(seed).nextInt(60_000));
                signalled.set(System.nanoTime());
                new ProcessBuilder("kill", "-" + signal, Long.toString(peer.pid()))
                        .start()
                        .waitFor(5, TimeUnit.SECONDS);
            }
        } catch (InterruptedException | IOException e) {
            throw new IllegalStateException("could not send " + signal, e);
        }
    }
}
