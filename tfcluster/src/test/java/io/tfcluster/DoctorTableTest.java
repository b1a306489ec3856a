package io.tfcluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DoctorTableTest {
    private static final String JAR = "/opt/spark/jars/" + "a-very-long-folder/".repeat(5) + "protobuf-java-2.5.0.jar";

    private static Diagnosis diagnosis() {
        List<Finding> findings = new ArrayList<>();
        findings.add(Finding.ok("driver", "Java", "17"));
        findings.add(Finding.warning("host-1 executor 1", "clock", "7.0 s ahead", "set the clocks"));
        findings.add(Finding.wouldFail("host-1 node", "class path", "protobuf 2.5.0 from " + JAR, "give it another"));
        for (int i = 0; i < 7; i++) {
            findings.add(Finding.ok("ip-10-0-0-" + i + ".internal executor " + i, "memory", "room for 2 nodes"));
        }
        return new Diagnosis(findings);
    }

    @Test
    void theWorstComesFirstAndNoLineIsLongerThanEightyColumns() {
        List<String> lines = diagnosis().toString().lines().toList();

        assertThat(lines).allMatch(line -> line.length() <= 80, "80 columns");
        assertThat(lines.get(2)).startsWith("would fail  host-1 node");
        assertThat(lines).anyMatch(line -> line.contains("-> give it another"));
        assertThat(String.join("", lines).replace(" ", "")).contains(JAR);
        assertThat(lines.get(lines.size() - 1)).isEqualTo("1 would fail, 1 to be warned of, 8 ok");
    }

    @Test
    void placesWhereTheSameWasFoundShareARow() {
        assertThat(diagnosis().toString().replaceAll("\\s+", " "))
                .contains("and 6 more")
                .containsOnlyOnce("room for 2");
    }

    @Test
    void jsonHoldsEachPlace() throws Exception {
        JsonNode json = new ObjectMapper().readTree(diagnosis().toJson());

        assertThat(json.path("wouldFail").asBoolean()).isTrue();
        assertThat(json.path("findings")).hasSize(10);
        assertThat(json.path("findings").get(0).path("level").asText()).isEqualTo("would fail");
        assertThat(json.path("findings").get(0).path("advice").asText()).isEqualTo("give it another");
    }

    @Test
    void aProblemWithoutAdviceIsRefused() {
        assertThatThrownBy(() -> Finding.warning("driver", "clock", "wrong", ""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("advice");
        assertThatThrownBy(() -> CheckOptions.none().everywhere("db", () -> "", " "))
                .hasMessageContaining("needs advice");
    }
}
