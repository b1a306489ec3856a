package io.tfcluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the parent of a node finds out about its end, beside the exit code: the JVM's crash report, and whether the kernel killed something for
 * want of memory meanwhile.
 */
final class Postmortem {
    private static final Logger log = LoggerFactory.getLogger(Postmortem.class);
    private static final int SIGKILL = 137;
    private static final List<Path> COUNTERS = List.of(
            Path.of("/sys/fs/cgroup/memory.events"), // cgroup v2, as a container sees itself
            Path.of("/sys/fs/cgroup/memory/memory.oom_control"),
            Path.of("/proc/vmstat")); // the whole host

    private final String clusterId;
    private final String node;
    private final String host;
    private final String memory;
    private final OptionalLong killsBefore;

    private Postmortem(String clusterId, String node, String host, String memory, OptionalLong killsBefore) {
        this.clusterId = clusterId;
        this.node = node;
        this.host = host;
        this.memory = memory;
        this.killsBefore = killsBefore;
    }

    /**
     * What was found.
     *
     * @param note one line, or empty
     * @param lines the last lines of output, and the head of the crash report
     */
    record Finding(String note, List<String> lines) {}

    /** Begins to watch, before the node starts. */
    static Postmortem before(LaunchPlan plan, String node, String host) {
        return new Postmortem(plan.clusterId(), node, host, plan.settings().memory(), memoryKills(COUNTERS));
    }

    /** Looks at what is left; the node's folder may be deleted afterwards. */
    Finding look(Path folder, long pid, int code, List<String> lastLines) {
        Optional<CrashReports.Kept> crash = CrashReports.keep(folder, clusterId, node, pid);
        if (crash.isPresent()) {
            CrashReports.Kept kept = crash.get();
            List<String> lines = new ArrayList<>(lastLines);
            lines.addAll(kept.head());
            String what = kept.summary().isEmpty() ? "" : kept.summary() + "; ";
            return new Finding(what + "the JVM's crash report is kept at " + host + ":" + kept.path(), lines);
        }
        return new Finding(
                code == SIGKILL ? memoryNote(killsBefore, memoryKills(COUNTERS), memory) : "", List.copyOf(lastLines));
    }

    /** Says what speaks for the memory limit, and what to do if it was that. */
    static String memoryNote(OptionalLong before, OptionalLong after, String memory) {
        if (before.isPresent() && after.isPresent() && after.getAsLong() > before.getAsLong()) {
            return "the kernel killed for want of memory while it ran (oom_kill rose from " + before.getAsLong()
                    + " to " + after.getAsLong() + "); give the container more, spark.executor.memoryOverhead on YARN"
                    + " and Kubernetes: nodeMemory " + memory + " bounds the heap, tensors come on top";
        }
        return after.isPresent()
                ? "the kernel counts no kill for want of memory since its start: somebody sent the signal, YARN's check of memory"
                        + " for example"
                : "if it was the memory limit: nodeMemory " + memory + " bounds the heap, tensors come on top";
    }

    /** Returns how often the kernel has killed for memory here so far, by the first counter that there is. */
    static OptionalLong memoryKills(List<Path> counters) {
        for (Path counter : counters) {
            if (Files.isReadable(counter)) {
                try (Stream<String> lines = Files.lines(counter)) {
                    OptionalLong count = lines.filter(line -> line.startsWith("oom_kill "))
                            .mapToLong(line -> Long.parseLong(
                                    line.substring("oom_kill ".length()).trim()))
                            .findFirst();
                    if (count.isPresent()) {
                        return count;
                    }
                } catch (IOException | RuntimeException e) {
                    log.debug("{} cannot be read", counter, e); // as good as not there
                }
            }
        }
        return OptionalLong.empty();
    }
}
