package io.tfcluster.killmatrix;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CasesTest {
    @Test
    void everybodyIsDamagedInEveryPhaseAndInEveryWay() {
        List<Case> cases = Cases.all();

        assertThat(cases).hasSizeGreaterThan(60).extracting(Case::id).doesNotHaveDuplicates();
        assertThat(cases)
                .extracting(Case::who)
                .contains(EnumSet.complementOf(EnumSet.of(Who.NETWORK)).toArray(Who[]::new));
        assertThat(cases).extracting(Case::phase).contains(Phase.values());
        assertThat(cases)
                .extracting(each -> each.how().toString())
                .contains("SIGKILL", "SIGSTOP", "exception", "System.exit", "out of memory", "disk full")
                .anyMatch(how -> how.startsWith("connection cut"));
    }

    @Test
    void tableFitsATerminal() {
        for (Case each : Cases.all()) {
            Result good = new Result(each, each.expected().toString(), 123.4, "", List.of());
            Result bad = new Result(each, "hung " + "x".repeat(200), 1, "y".repeat(200), List.of("z".repeat(200)));

            assertThat((MatrixTable.header() + MatrixTable.row(good) + MatrixTable.row(bad)).lines())
                    .allMatch(line -> line.length() <= MatrixTable.WIDTH);
            assertThat(MatrixTable.row(good)).doesNotContain("WRONG");
            assertThat(MatrixTable.row(bad)).contains("WRONG: hung", "left: z");
        }
    }

    @Test
    void whatStaysBehindIsWrongWhateverTheOutcome() {
        Case any = Cases.all().get(0);
        Result untidy = new Result(any, any.expected().toString(), 1, "", List.of("process: pid 1"));

        assertThat(untidy.isGood()).isFalse();
        assertThat(MatrixTable.row(untidy)).contains("something is left behind", "pid 1");
    }

    @Test
    void jsonHasAnObjectForEachCase(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("matrix.json");
        Case any = new Case(Who.FEED_TASK, Phase.STEP, How.CUT_FEED, 0, Expected.UNAFFECTED);

        MatrixTable.writeJson(file, List.of(new Result(any, "hung", 1.5, "why", List.of("a", "b"))));

        JsonNode one = new ObjectMapper().readTree(file.toFile()).get(0);
        assertThat(one.fieldNames())
                .toIterable()
                .containsExactly("who", "phase", "how", "outcome", "seconds", "firstCause", "left", "maxRestarts");
        assertThat(one.get("who").asText()).isEqualTo("feed task");
        assertThat(one.get("phase").asText()).isEqualTo("in a step");
        assertThat(one.get("how").asText()).isEqualTo("connection cut (feed)");
        assertThat(one.get("left").asInt()).isEqualTo(2);
    }
}
