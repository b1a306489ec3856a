package io.tfcluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Comparator;
import java.util.List;

/**
 * What {@link TFCluster#check} has found, the worst first.
 *
 * <pre>{@code
 * Diagnosis diagnosis = TFCluster.check(spark, config);
 * if (diagnosis.wouldFail()) {
 *     throw new IllegalStateException("\n" + diagnosis);
 * }
 * }</pre>
 *
 * @param findings one for each topic and place
 */
public record Diagnosis(List<Finding> findings) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Puts the worst first; among equals the order stays. */
    public Diagnosis {
        findings = findings.stream()
                .sorted(Comparator.comparing(Finding::level).reversed())
                .toList();
    }

    /** Returns whether a cluster would not start, or not get through its training. */
    public boolean wouldFail() {
        return count(Finding.Level.WOULD_FAIL) > 0;
    }

    /** Returns how many findings are of a level. */
    public long count(Finding.Level level) {
        return findings.stream().filter(finding -> finding.level() == level).count();
    }

    /** Returns a JSON object: {@code wouldFail}, and {@code findings} with {@code level, where, topic, found, advice} each. */
    public String toJson() {
        ObjectNode root = JSON.createObjectNode().put("wouldFail", wouldFail());
        ArrayNode all = root.putArray("findings");
        for (Finding finding : findings) {
            all.addObject()
                    .put("level", finding.level().toString())
                    .put("where", finding.where())
                    .put("topic", finding.topic())
                    .put("found", finding.found())
                    .put("advice", finding.advice());
        }
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the findings cannot be written as JSON: " + e.getMessage(), e);
        }
    }

    /** Returns a table of at most 80 columns; places where the same was found share a row. */
    @Override
    public String toString() {
        return DoctorTable.of(this);
    }
}
