package io.tfcluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.network.util.JavaUtils;

/** Whether the nodes' memory fits where they are started: beside the heap of an executor, in its container or on its host. */
final class DoctorMemory {
    /** A node's native part without a model: TensorFlow, code, threads (300 MB were seen, FINDINGS). */
    static final long NATIVE_BYTES = 400L << 20;

    private static final String TOPIC = "memory";
    private static final long LEAST_OVERHEAD_MIB = 384;
    private static final double FACTOR = 0.1;
    private static final int COPIES = 4; // the variables, their gradient and two slots of an optimizer
    private static final Pattern AVAILABLE = Pattern.compile("MemAvailable:\\s+(\\d+) kB");

    private DoctorMemory() {}

    /** Returns what one node may take: its heap, and native memory with the model's variables. */
    static long node(String heap, long modelBytes) {
        return JavaUtils.byteStringAsBytes(heap) + NATIVE_BYTES + COPIES * modelBytes;
    }

    /** Compares with the container, where the cluster manager ends an executor that takes more than it asked for. */
    static List<Finding> container(String master, SparkConf conf, int nodesOnExecutor, String heap, long modelBytes) {
        if (!master.startsWith("yarn") && !master.startsWith("k8s")) {
            return List.of();
        }
        long executor = JavaUtils.byteStringAsBytes(conf.get("spark.executor.memory", "1g"));
        double factor = conf.getDouble("spark.executor.memoryOverheadFactor", FACTOR);
        long overhead = conf.getOption("spark.executor.memoryOverhead")
                .map(text -> JavaUtils.byteStringAsMb(text) << 20)
                .getOrElse(() -> Math.max((long) (executor * factor), LEAST_OVERHEAD_MIB << 20));
        long needed = nodesOnExecutor * node(heap, modelBytes);
        long least = nodesOnExecutor * (NATIVE_BYTES + COPIES * modelBytes);
        String found = nodesOnExecutor + " node" + (nodesOnExecutor == 1 ? "" : "s") + " on an executor may take "
                + text(needed) + " beside its heap of " + text(executor) + "; the container has " + text(overhead)
                + " for that";
        String advice = "set spark.executor.memoryOverhead=" + ((needed >> 20) + LEAST_OVERHEAD_MIB)
                + "m, or lower nodeMemory, which is " + heap;
        if (overhead >= needed) {
            return List.of(Finding.ok("driver", TOPIC, found));
        }
        return List.of(
                overhead < least
                        ? Finding.wouldFail("driver", TOPIC, found, advice)
                        : Finding.warning("driver", TOPIC, found, advice));
    }

    /** Compares with what this host, or the container this process is in, has left. */
    static Finding host(String where, int nodesHere, String heap, long modelBytes) throws IOException {
        long needed = nodesHere * node(heap, modelBytes);
        long available = available();
        String nodes = nodesHere + " node" + (nodesHere == 1 ? "" : "s") + " of " + heap + " heap";
        if (available >= needed) {
            return Finding.ok(where, TOPIC, "room for " + nodes + " (" + text(needed) + ")");
        }
        String found = nodes + " may take " + text(needed) + "; " + text(available) + " are left";
        String advice = "lower nodeMemory, put fewer nodes on a host, or free memory there";
        return available < nodesHere * (NATIVE_BYTES + COPIES * modelBytes)
                ? Finding.wouldFail(where, TOPIC, found, advice)
                : Finding.warning(where, TOPIC, found, advice);
    }

    private static long available() throws IOException {
        long host = Long.MAX_VALUE;
        Path file = Path.of("/proc/meminfo");
        if (Files.isReadable(file)) {
            Matcher matcher = AVAILABLE.matcher(Files.readString(file));
            host = matcher.find() ? Long.parseLong(matcher.group(1)) << 10 : host;
        }
        return Math.min(host, group());
    }

    /** What the control group has left: version 2 only, which is what container engines use today. */
    private static long group() throws IOException {
        Path most = Path.of("/sys/fs/cgroup/memory.max");
        Path current = Path.of("/sys/fs/cgroup/memory.current");
        if (!Files.isReadable(most) || !Files.isReadable(current)) {
            return Long.MAX_VALUE;
        }
        String limit = Files.readString(most).strip();
        return limit.equals("max")
                ? Long.MAX_VALUE
                : Long.parseLong(limit)
                        - Long.parseLong(Files.readString(current).strip());
    }

    static String text(long bytes) {
        return bytes >= 1L << 30
                ? String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30))
                : String.format(Locale.ROOT, "%d MiB", bytes >> 20);
    }
}
