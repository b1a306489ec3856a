package io.tfcluster.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class BenchmarksTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... args) {
        return Benchmarks.run(
                List.of(new ReservationBenchmark(60)),
                List.of(args),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @Test
    void withoutANameOrWithAnUnknownOneTheNamesAreListed() {
        for (String[] args : new String[][] {{}, {"nonsense"}, {"reservation", "--json"}}) {
            err.reset();

            assertThat(run(args)).isEqualTo(2);
            assertThat(err.toString(StandardCharsets.UTF_8))
                    .contains("usage: bin/benchmark NAME [--json FILE]", "reservation  60 nodes register");
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
}
