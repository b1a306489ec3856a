package io.tfcluster.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Would put the same SavedModel through DJL's Spark extension. No version of it could be resolved when this was written, so there is nothing
 * to compile against: this asks Maven anew and says what it says.
 */
final class TransformVsDjlBenchmark implements Benchmark {
    private static final String ARTIFACT = "ai.djl.spark:spark_2.12:0.30.0";
    private static final long LIMIT_SECONDS = 120;

    @Override
    public String name() {
        return "transform.vsDjl";
    }

    @Override
    public String about() {
        return "the same model by DJL's Spark extension, if Maven has it";
    }

    @Override
    public List<Measurement> run(Consumer<String> progress) {
        progress.accept(name() + ": asking Maven for " + ARTIFACT + " ...");
        String answer = resolve();
        progress.accept(
                answer.isEmpty()
                        ? name() + ": Maven has " + ARTIFACT
                                + " now; nothing is compared yet, the comparison can be written"
                        : name() + ": nothing is compared, " + ARTIFACT + " does not resolve: " + answer);
        return List.of();
    }

    /** Returns what Maven complains of; "" if it has the artifact. */
    private static String resolve() {
        try {
            Process maven = new ProcessBuilder(
                            "mvn",
                            "-B",
                            "-q",
                            "org.apache.maven.plugins:maven-dependency-plugin:3.9.0:get",
                            "-Dartifact=" + ARTIFACT,
                            "-Dtransitive=false")
                    .redirectErrorStream(true)
                    .start();
            try (BufferedReader out =
                    new BufferedReader(new InputStreamReader(maven.getInputStream(), StandardCharsets.UTF_8))) {
                String error = out.lines()
                        .filter(line -> line.contains("Could not") || line.contains("Couldn't"))
                        .findFirst()
                        .orElse("");
                if (!maven.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                    return "Maven gave no answer within " + LIMIT_SECONDS + " s";
                }
                int from = Math.max(0, error.indexOf("Could not find"));
                return maven.exitValue() == 0 ? "" : error.substring(from);
            } finally {
                maven.destroy();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start mvn: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }
}
