package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfcluster.training.ring.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class TensorFlowRuntimeTest {
    @TempDir
    Path folder;

    /** Prints what this JVM runs on; a process of its own, since TensorFlow reads the variable once. */
    public static void main(String[] args) {
        System.out.println(TensorFlowRuntime.describe());
    }

    private String describe(String switchValue) throws IOException, InterruptedException {
        Path log = folder.resolve("log" + switchValue);
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                TensorFlowRuntimeTest.class.getName());
        builder.environment().put("TF_ENABLE_ONEDNN_OPTS", switchValue);
        Process process =
                builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
        try {
            assertThat(process.waitFor(40, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        return Files.readString(log);
    }

    @Test
    void oneDnnIsOnOrOffAsTheEnvironmentSays() throws Exception {
        assertThat(describe("1")).contains("TensorFlow 2.18.0, oneDNN on");
        assertThat(describe("0")).contains("oneDNN off (TF_ENABLE_ONEDNN_OPTS=1 turns it on)");
    }

    @Test
    void nativeMemoryDoesNotGrowWithTheSteps() throws Exception {
        Rows rows = Rows.classes(512, 64, 1);
        Workers.run(2, ring -> {
            try (Trainer trainer = Trainer.allReduce(
                    Models::mlp,
                    rows.specs(),
                    Models.config(Optimizer.adam(0.001)).build(),
                    ring,
                    TrainingListener.none())) {
                int[] sizes = new int[1_000];
                java.util.Arrays.fill(sizes, 512);
                trainer.fit(rows.source(0, 0, sizes));
                long leastGrowth = Long.MAX_VALUE;
                for (int stretch = 0; stretch < 3; stretch++) {
                    long before = Pointer.physicalBytes();
                    trainer.fit(rows.source(0, 0, sizes));
                    leastGrowth = Math.min(leastGrowth, Pointer.physicalBytes() - before);
                }
                // The Java heap grows too, by less than this in one stretch at least. A batch is 131 kB: leaked, the
                // batches
                // of a stretch are 131 MB for each of the two workers.
                assertThat(leastGrowth).isLessThan(100L << 20);
            }
            return true;
        });
    }
}
