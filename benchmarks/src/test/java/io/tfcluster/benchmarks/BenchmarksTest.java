package io.tfcluster.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class BenchmarksTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... args) {
        return Benchmarks.run(
                settings -> List.of(new ReservationBenchmark(60), new Fixed("a.one", 2), new Fixed("a.two", 3)),
                List.of(args),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @Test
    void withoutANameOrWithAnUnknownOneTheNamesAreListed() {
        for (String[] args :
                new String[][] {{}, {"nonsense"}, {"reservation", "--json"}, {"a.on"}, {"a.one", "--fast"}}) {
            err.reset();

            assertThat(run(args)).isEqualTo(2);
            assertThat(err.toString(StandardCharsets.UTF_8))
                    .contains(
                            "usage: bin/benchmark NAME [--json FILE] [--plot FILE] [--gb N] [--quick]",
                            "reservation            60 nodes register");
        }
    }

    @Test
    void reservationIsMeasuredAndReported(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("figures.json");

        assertThat(run("reservation", "--json", file.toString())).isZero();

        assertThat(out.toString(StandardCharsets.UTF_8).lines())
                .allMatch(line -> line.length() <= 80)
                .anyMatch(line -> line.startsWith("reservation.allRegistered"));
        JsonNode list = new ObjectMapper().readTree(file.toFile());
        assertThat(list.isArray()).isTrue();
        JsonNode first = list.get(0);
        assertThat(first.fieldNames())
                .toIterable()
                .containsExactly("name", "value", "unit", "limit", "ratio", "machine", "versions");
        assertThat(first.get("name").asText()).isEqualTo("reservation.nodes");
        assertThat(first.get("value").asInt()).isEqualTo(60);
        assertThat(first.get("limit").isNull()).isTrue();
        assertThat(list.findValuesAsText("name")).contains("reservation.heapPerNode", "reservation.rejected");
        JsonNode timed = list.get(1);
        assertThat(timed.get("ratio").asDouble())
                .isEqualTo(timed.get("value").asDouble() / timed.get("limit").asDouble());
    }

    @Test
    void whatComesBeforeADotNamesAllThatBeginWithIt() {
        assertThat(run("a")).isZero();

        assertThat(out.toString(StandardCharsets.UTF_8).lines())
                .anyMatch(line -> line.startsWith("a.one "))
                .anyMatch(line -> line.startsWith("a.two "))
                .noneMatch(line -> line.startsWith("reservation"));
    }

    @Test
    void targetsAreCalledMetOrMissed(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("figures.json");

        assertThat(run("a", "--json", file.toString())).isZero();

        assertThat(out.toString(StandardCharsets.UTF_8).lines())
                .allMatch(line -> line.length() <= 80)
                .containsSequence(
                        "targets",
                        "  MISSED a.one                                ratio 0.50 or more",
                        "  met    a.two                                ratio 0.50 or more");
        JsonNode list = new ObjectMapper().readTree(file.toFile());
        assertThat(list.get(0).get("met").asBoolean()).isFalse();
        assertThat(list.get(0).get("target").asText()).isEqualTo("ratio 0.50 or more");
        assertThat(list.get(1).get("met").asBoolean()).isTrue();
    }

    @Test
    void oneThatFailsDoesNotCostWhatTheOthersMeasured() {
        int status = Benchmarks.run(
                settings -> List.of(new Fixed("b.broken", -1), new Fixed("b.whole", 3)),
                List.of("b"),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));

        assertThat(status).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("b.broken failed: it broke");
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("b.whole");
    }

    /** Measures a fixed value against a limit of 5, and breaks for a negative one. */
    private record Fixed(String name, double value) implements Benchmark {
        @Override
        public String about() {
            return "nothing";
        }

        @Override
        public List<Measurement> run(Consumer<String> progress) {
            if (value < 0) {
                throw new IllegalStateException("it broke");
            }
            return List.of(Measurement.of(name, value, "s", 5).aimingAt(Target.ratioAtLeast(0.5)));
        }
    }
}
