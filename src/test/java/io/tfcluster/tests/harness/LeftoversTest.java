package io.tfcluster.tests.harness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LeftoversTest {
    private static final Duration SHORT = Duration.ofMillis(300);

    @Test
    void findsAChildProcess() throws Exception {
        Leftovers.Snapshot before = Leftovers.snapshot();
        Process child = new ProcessBuilder("sleep", "60").start();

        try {
            assertThatThrownBy(() -> Leftovers.assertNothingLeftSince(before, SHORT))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("process: pid " + child.pid() + " sleep 60");
        } finally {
            child.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
        }
        Leftovers.assertNothingLeftSince(before);
    }

    @Test
    void findsAnOrphanByItsEnvironment() throws Exception {
        assumeThat(Processes.run())
                .as(Processes.RUN_VARIABLE + ", which Maven sets")
                .isPresent();
        Leftovers.Snapshot before = Leftovers.snapshot();
        Process shell = new ProcessBuilder("sh", "-c", "sleep 60 >/dev/null & echo $!").start();
        long orphan = Long.parseLong(shell.inputReader().readLine());
        shell.waitFor(5, TimeUnit.SECONDS);

        try {
            assertThat(ProcessHandle.current().descendants()).noneMatch(child -> child.pid() == orphan);
            assertThat(Leftovers.since(before)).contains("process: pid " + orphan + " sleep 60");
        } finally {
            ProcessHandle.of(orphan).ifPresent(ProcessHandle::destroyForcibly);
        }
        Leftovers.assertNothingLeftSince(before);
    }

    @Test
    void findsAFile() throws IOException {
        Leftovers.Snapshot before = Leftovers.snapshot();
        Path file = Files.createTempFile("tfcluster-", ".sock");

        try {
            assertThatThrownBy(() -> Leftovers.assertNothingLeftSince(before, SHORT))
                    .hasMessageContaining("file: " + file);
        } finally {
            Files.delete(file);
        }
        Leftovers.assertNothingLeftSince(before);
    }

    @Test
    void findsAThread() throws InterruptedException {
        Leftovers.Snapshot before = Leftovers.snapshot();
        CountDownLatch end = new CountDownLatch(1);
        Thread thread = new Thread(() -> await(end), "feed-worker-0");
        thread.start();

        try {
            assertThatThrownBy(() -> Leftovers.assertNothingLeftSince(before, SHORT))
                    .hasMessageContaining("thread: feed-worker-0");
        } finally {
            end.countDown();
            thread.join(5_000);
        }
        Leftovers.assertNothingLeftSince(before);
    }

    @Test
    void findsAListeningPortAndItsAddress() throws IOException {
        Leftovers.Snapshot before = Leftovers.snapshot();

        try (ServerSocket loopback = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"));
                ServerSocket everywhere = new ServerSocket(0)) {
            assertThat(Leftovers.since(before))
                    .anyMatch(line -> line.endsWith(" listens on 127.0.0.1:" + loopback.getLocalPort()));
            assertThat(ListeningSockets.of(
                            java.util.List.of(ProcessHandle.current().pid())))
                    .anyMatch(listener -> listener.port() == loopback.getLocalPort() && listener.isLoopback())
                    .anyMatch(listener -> listener.port() == everywhere.getLocalPort() && !listener.isLoopback());
        }
        Leftovers.assertNothingLeftSince(before);
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException("nobody ended the test's thread within 30 s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
