package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfcluster.training.ring.Ring;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Processes that train and save are killed at random moments; what they leave is always a checkpoint to go on from. */
@Timeout(90)
class CheckpointKillTest {
    private static final int KILLS = 10;

    @TempDir
    Path folder;

    private final List<Process> children = new ArrayList<>();

    private Process child(int number) throws IOException {
        Process child = CheckpointChild.start(folder.resolve("saved"), log(number));
        children.add(child);
        return child;
    }

    private Path log(int number) {
        return folder.resolve("log" + number);
    }

    private void awaitLine(int number, String line) {
        Awaitility.await("\"" + line + "\" in log " + number)
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(5))
                .until(() -> Files.readString(log(number)).contains(line));
    }

    @Test
    void killedAtAnyMomentItGoesOnWithExactlyTheRowsAfterTheNewestCheckpoint() throws Exception {
        Random random = new Random(7);
        long step = 0;
        int unfinished = 0;
        try {
            Process next = child(0);
            for (int kill = 0; kill < KILLS; kill++) {
                Process child = next;
                next = kill + 1 < KILLS ? child(kill + 1) : child; // loads TensorFlow while this one trains
                awaitLine(kill, "loaded");
                child.getOutputStream().write('\n');
                child.getOutputStream().flush();
                awaitLine(kill, "saved");
                TimeUnit.MICROSECONDS.sleep(random.nextInt(150_000)); // the random moment
                child.destroyForcibly().waitFor();

                SavedCheckpoint newest = SavedCheckpoint.newest(CheckpointRun.checkpoints(folder.resolve("saved")))
                        .orElseThrow();
                checkLog(kill, step, newest);
                step = newest.step();
                unfinished += leftovers();
            }
        } finally {
            for (Process child : children) {
                child.destroyForcibly().waitFor();
            }
        }

        assertThat(step).isGreaterThanOrEqualTo(KILLS);
        System.out.println("killed " + KILLS + " times, " + unfinished + " unfinished left behind, at step " + step);
        assertThat(resumed()).isEqualTo(uninterrupted(step));
        assertThat(leftovers()).isZero();
    }

    /** The child began where the one before ended, took each row once, and what it said was saved is. */
    private void checkLog(int number, long begun, SavedCheckpoint newest) throws IOException {
        List<String> lines = Files.readAllLines(log(number));
        assertThat(numbers(lines, "begins ")).containsExactly(begun);
        List<Long> rows = numbers(lines, "row ");
        for (int i = 0; i < rows.size(); i++) {
            assertThat(rows.get(i)).isEqualTo((begun + i) * CheckpointRun.BATCH);
        }
        List<Long> saved = numbers(lines, "saved ");
        assertThat(newest.step()).isBetween(saved.get(saved.size() - 1), saved.get(saved.size() - 1) + 1);
        assertThat(NumberedRows.row(newest.positions().get(0))).isEqualTo(newest.step() * CheckpointRun.BATCH);
    }

    private static List<Long> numbers(List<String> lines, String prefix) {
        return lines.stream()
                .filter(line -> line.startsWith(prefix))
                .map(line -> Long.valueOf(line.substring(prefix.length())))
                .toList();
    }

    private int leftovers() throws IOException {
        try (var entries = Files.list(folder.resolve("saved"))) {
            return (int)
                    entries.filter(entry -> String.valueOf(entry.getFileName()).startsWith(".ckpt-"))
                            .count();
        }
    }

    private float[] resumed() {
        try (Trainer trainer =
                CheckpointRun.trainer(Ring.single(), CheckpointRun.checkpoints(folder.resolve("saved")))) {
            trainer.fit(CheckpointRun.source(trainer, Ring.single()).give(3));
            return Models.variables(trainer);
        }
    }

    private float[] uninterrupted(long steps) {
        try (Trainer trainer =
                CheckpointRun.trainer(Ring.single(), CheckpointRun.checkpoints(folder.resolve("whole")))) {
            trainer.fit(CheckpointRun.source(trainer, Ring.single()).give((int) steps + 3));
            return Models.variables(trainer);
        }
    }
}
