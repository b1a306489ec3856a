package io.tfcluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what the JVM of a node wrote when native code crashed: its folder is deleted, and this is the one thing in it that is still wanted.
 *
 * <p>The report goes to where the executor's own logs are, if that is known: YARN's log folder, or the working folder that Spark's standalone
 * workers give an executor; otherwise to the temporary folder. The newest {@value #KEPT} in a folder stay, so that a node that crashes again
 * and again does not fill a disk.
 */
final class CrashReports {
    /** What the JVM calls it in a node's folder. */
    static final String NAME = "hs_err.log";

    static final String PREFIX = "tfcluster-hs_err-";
    static final int KEPT = 10;

    private static final Logger log = LoggerFactory.getLogger(CrashReports.class);
    private static final int HEAD_LINES = 15;

    private CrashReports() {}

    /**
     * A report that is kept.
     *
     * @param path where
     * @param summary the signal and the frame that it happened in
     * @param head its first lines
     */
    record Kept(Path path, String summary, List<String> head) {}

    /** Keeps the report of a node's process, if it wrote one. Never throws: it runs where a process is mourned. */
    static Optional<Kept> keep(Path nodeFolder, String clusterId, String node, long pid) {
        return keep(nodeFolder, folder(), clusterId + "-" + node.replace(':', '-') + "-" + pid);
    }

    static Optional<Kept> keep(Path nodeFolder, Path to, String name) {
        Path report = nodeFolder.resolve(NAME);
        if (!Files.isRegularFile(report)) {
            return Optional.empty();
        }
        List<String> head = head(report);
        Path kept = to.resolve(PREFIX + name + ".log");
        try {
            Files.move(report, kept, StandardCopyOption.REPLACE_EXISTING);
            prune(to);
        } catch (IOException | UncheckedIOException e) {
            log.warn("the crash report of {} cannot be kept in {}; it is lost with the node's folder", name, to, e);
            return Optional.empty();
        }
        return Optional.of(new Kept(kept.toAbsolutePath(), summary(head), head));
    }

    private static Path folder() {
        String yarn = System.getProperty("spark.yarn.app.container.log.dir");
        if (yarn != null && Files.isWritable(Path.of(yarn))) {
            return Path.of(yarn);
        }
        Path working = Path.of("").toAbsolutePath();
        return Files.isRegularFile(working.resolve("stderr")) && Files.isWritable(working)
                ? working
                : Path.of(System.getProperty("java.io.tmpdir"));
    }

    private static List<String> head(Path report) {
        try (Stream<String> lines = Files.lines(report)) {
            return lines.limit(HEAD_LINES).filter(line -> !line.equals("#")).toList();
        } catch (IOException | UncheckedIOException e) {
            if (!(e.getCause() instanceof MalformedInputException)) {
                log.debug("{} cannot be read", report, e);
            }
            return List.of();
        }
    }

    /** The JVM writes "#  SIGSEGV (0xb) at pc=…" near the top, and "# Problematic frame:" above the frame. */
    private static String summary(List<String> head) {
        List<String> found = new ArrayList<>();
        for (int i = 0; i < head.size(); i++) {
            String line = head.get(i).replaceFirst("^#\\s*", "");
            if (line.startsWith("SIG") || line.startsWith("Internal Error") || line.startsWith("EXCEPTION_")) {
                found.add(line);
            } else if (line.startsWith("Problematic frame:") && i + 1 < head.size()) {
                found.add("in " + head.get(i + 1).replaceFirst("^#\\s*", ""));
            }
        }
        return String.join(", ", found);
    }

    private static void prune(Path folder) throws IOException {
        List<Path> all;
        try (Stream<Path> files = Files.list(folder)) {
            all = files.filter(file -> file.getFileName().toString().startsWith(PREFIX))
                    .sorted(Comparator.comparing(CrashReports::age).reversed())
                    .toList();
        }
        for (Path old : all.subList(Math.min(KEPT, all.size()), all.size())) {
            Files.deleteIfExists(old);
        }
    }

    private static long age(Path file) {
        return file.toFile().lastModified();
    }
}
