package io.tfcluster.benchmarks.fuzz;

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

/** The short form of {@code bin/fuzz}: 21,000 hostile frames over all sockets. */
@Timeout(600)
final class FuzzMainTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... args) {
        return FuzzMain.run(
                List.of(args),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @Test
    void hostileFramesDisturbNobody(@TempDir Path folder) throws Exception {
        Path json = folder.resolve("fuzz.json");

        int status = run("--frames", "3000", "--json", json.toString());

        assertThat(status).as(out.toString(StandardCharsets.UTF_8)).isZero();
        JsonNode list = new ObjectMapper().readTree(json.toFile());
        assertThat(list.findValuesAsText("socket"))
                .containsExactly("control", "control.tls", "feed.unix", "feed.tcp", "feed.tls", "ring", "ring.tls");
        for (JsonNode socket : list) {
            assertThat(socket.get("frames").asLong()).isGreaterThanOrEqualTo(3000);
            assertThat(socket.get("honestExchanges").asLong()).isPositive();
            assertThat(socket.get("faults")).isEmpty();
        }
    }

    @Test
    void wrongUsageIsTold() {
        assertThat(run("--frames", "many")).isEqualTo(2);
        assertThat(run("--fast")).isEqualTo(2);
        assertThat(run("--only", "mail")).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("usage: bin/fuzz [--frames N] [--only SOCKET] [--json FILE]");
    }
}
