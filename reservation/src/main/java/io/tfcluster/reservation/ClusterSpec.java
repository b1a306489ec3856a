package io.tfcluster.reservation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Serializable;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Job name to ordered addresses, as TensorFlow reads it.
 *
 * <pre>{@code
 * ClusterSpec spec = new ClusterSpec(Map.of("chief", List.of("a:2222"), "worker", List.of("b:2222", "c:2222")));
 * spec.tasks("worker").get(1);          // "c:2222"
 * spec.toTfConfigJson("worker", 1);     // what TensorFlow's tools expect in TF_CONFIG
 * }</pre>
 *
 * @param jobs job name (the chief's may be "chief" or "master") to the addresses of its tasks, by index; kept in the order given
 */
public record ClusterSpec(Map<String, List<String>> jobs) implements Serializable {
    /** Copies the jobs. */
    public ClusterSpec {
        Map<String, List<String>> copy = new LinkedHashMap<>();
        jobs.forEach((job, tasks) -> copy.put(job, List.copyOf(tasks)));
        jobs = Collections.unmodifiableMap(copy);
    }

    /** Returns the addresses of a job's tasks by index; empty if there is no such job. */
    public List<String> tasks(String job) {
        return jobs.getOrDefault(job, List.of());
    }

    /** Returns the number of tasks in all jobs. */
    public int size() {
        return jobs.values().stream().mapToInt(List::size).sum();
    }

    /**
     * Returns the TF_CONFIG of one task, with the keys that TensorFlowOnSpark writes (TFSparkNode.py): cluster, task, environment.
     *
     * @throws IllegalArgumentException if the cluster has no such task
     */
    public String toTfConfigJson(String jobName, int index) {
        if (index < 0 || index >= tasks(jobName).size()) {
            throw new IllegalArgumentException("no task " + jobName + ":" + index + " in " + counts());
        }
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode root = mapper.createObjectNode();
        root.set("cluster", mapper.valueToTree(jobs));
        root.putObject("task").put("type", jobName).put("index", index);
        root.put("environment", "cloud");
        try {
            return mapper.writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot write strings and numbers as JSON", e);
        }
    }

    private String counts() {
        Map<String, Integer> counts = new LinkedHashMap<>();
        jobs.forEach((job, tasks) -> counts.put(job, tasks.size()));
        return "a cluster of " + counts;
    }
}
