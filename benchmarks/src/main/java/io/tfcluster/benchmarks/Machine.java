package io.tfcluster.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Scanner;
import java.util.function.Predicate;

/** What the figures were measured on, and with which versions. */
record Machine(Map<String, Object> hardware, Map<String, String> versions) {
    private static final Map<String, String> LIBRARIES = Map.of(
            "spark", "org.apache.spark/spark-core_2.12",
            "tensorflow-core-api", "org.tensorflow/tensorflow-core-api",
            "netty", "io.netty/netty-common",
            "jackson", "com.fasterxml.jackson.core/jackson-databind");

    static Machine here() {
        Map<String, Object> hardware = new LinkedHashMap<>();
        hardware.put("cpu", proc("/proc/cpuinfo", "model name", System.getProperty("os.arch")));
        hardware.put("cores", Runtime.getRuntime().availableProcessors());
        hardware.put("memory", memory());
        hardware.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        // With much more than the benchmark's own three or four, others were at work and the figures are theirs too.
        double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        hardware.put("load", Math.round(load * 10) / 10.0);
        Map<String, String> versions = new LinkedHashMap<>();
        versions.put("jdk", System.getProperty("java.runtime.version"));
        LIBRARIES.keySet().stream().sorted().forEach(name -> {
            String version = version(LIBRARIES.getOrDefault(name, ""));
            if (!version.isEmpty()) {
                versions.put(name, version);
            }
        });
        return new Machine(hardware, versions);
    }

    private static String memory() {
        String kilobytes =
                proc("/proc/meminfo", "MemTotal", "").replace("kB", "").trim();
        return kilobytes.isEmpty() ? "unknown" : Long.parseLong(kilobytes) / (1 << 20) + " GiB";
    }

    /** Returns a number of kilobytes from this process's status, such as VmRSS, in bytes. */
    static long status(String key) {
        String kilobytes = proc("/proc/self/status", key, "0").replace("kB", "").trim();
        return Long.parseLong(kilobytes) << 10;
    }

    /** Returns the resident memory of a process in bytes, 0 if it has ended. */
    static long resident(long pid) {
        try {
            String kilobytes = proc("/proc/" + pid + "/status", "VmRSS", "0");
            return Long.parseLong(kilobytes.replace("kB", "").trim()) << 10;
        } catch (UncheckedIOException e) {
            return 0; // it ended while it was being read
        }
    }

    /** Returns how many files and sockets this process may have open. */
    static long openFiles() {
        Scanner words = new Scanner(find("/proc/self/limits", line -> line.startsWith("Max open files")));
        while (words.hasNext()) {
            if (words.hasNextLong()) {
                return words.nextLong(); // the soft limit comes first
            }
            words.next();
        }
        return Long.MAX_VALUE;
    }

    private static String proc(String file, String key, String otherwise) {
        String line = find(file, text -> text.startsWith(key));
        int colon = line.indexOf(':');
        return colon < 0 ? otherwise : line.substring(colon + 1).trim();
    }

    private static String find(String file, Predicate<String> wanted) {
        Path path = Path.of(file);
        if (!Files.isReadable(path)) {
            return ""; // not Linux
        }
        try (var lines = Files.lines(path)) {
            return lines.filter(wanted).findFirst().orElse("");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    private static String version(String artifact) {
        String resource = "META-INF/maven/" + artifact + "/pom.properties";
        try (InputStream in = Machine.class.getClassLoader().getResourceAsStream(resource)) {
            if (in == null) {
                return "";
            }
            Properties properties = new Properties();
            properties.load(in);
            return properties.getProperty("version", "");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + resource, e);
        }
    }
}
