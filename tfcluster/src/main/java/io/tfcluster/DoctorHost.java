package io.tfcluster;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Java, temporary folder and the folder of natives on the host where it is called. */
final class DoctorHost {
    private static final long NATIVES_BYTES = 683_000_000;
    private static final long ROOM_BYTES = 256_000_000;
    private static final int MAX_SOCKET_PATH = 107;
    private static final int JAVA = 17;
    private static final String TEMPORARY = "temporary files";

    private DoctorHost() {}

    static Finding java(String where) {
        int feature = Runtime.version().feature();
        String found = System.getProperty("java.vm.name") + " " + Runtime.version();
        return feature == JAVA
                ? Finding.ok(where, "Java", found)
                : Finding.warning(
                        where,
                        "Java",
                        found,
                        "Spark 3.5 is tested on Java 17 at most; set JAVA_HOME, or spark.executorEnv.JAVA_HOME");
    }

    /** Makes and deletes a folder as a node's is, and looks for room, and whether libraries can be loaded from where they lie. */
    static List<Finding> temporary(String where) throws IOException {
        List<Finding> findings = new ArrayList<>();
        Path folder = Folders.forSocket("tfcluster-node-");
        try {
            Path base = requireNonNull(folder.toAbsolutePath().getParent(), "the folder's parent");
            findings.addAll(room(where, base, Files.getFileStore(folder).getUsableSpace(), ROOM_BYTES));
            findings.addAll(socket(where, folder.resolve("feed").toAbsolutePath()));
            findings.addAll(natives(where, Natives.baseFolder()));
            if (findings.isEmpty()) {
                findings.add(Finding.ok(where, TEMPORARY, base + " can be written to and has room"));
            }
            return findings;
        } finally {
            Folders.delete(folder);
        }
    }

    static List<Finding> socket(String where, Path file) {
        int bytes = file.toString().getBytes(StandardCharsets.UTF_8).length;
        return bytes <= MAX_SOCKET_PATH
                ? List.of()
                : List.of(Finding.wouldFail(
                        where,
                        TEMPORARY,
                        "the path of a node's Unix socket would have " + bytes + " bytes, and " + MAX_SOCKET_PATH
                                + " are allowed: " + file,
                        "give the executors a shorter java.io.tmpdir, or a /tmp that they can write to"));
    }

    private static List<Finding> natives(String where, Path natives) throws IOException {
        List<Finding> findings = new ArrayList<>();
        if (isEmpty(natives)) {
            findings.addAll(room(where, natives, Files.getFileStore(natives).getUsableSpace(), NATIVES_BYTES));
        }
        if (noexec(natives)) {
            findings.add(Finding.wouldFail(
                    where,
                    TEMPORARY,
                    natives + " is mounted noexec: no library can be loaded from there",
                    "set TFCLUSTER_NATIVES to a folder on another file system"));
        }
        return findings;
    }

    private static boolean isEmpty(Path folder) throws IOException {
        try (var entries = Files.newDirectoryStream(folder, Files::isDirectory)) {
            return !entries.iterator().hasNext();
        }
    }

    private static List<Finding> room(String where, Path folder, long room, long needed) {
        return room >= needed
                ? List.of()
                : List.of(Finding.wouldFail(
                        where,
                        TEMPORARY,
                        folder + " has " + DoctorMemory.text(room) + " left, needed are " + DoctorMemory.text(needed),
                        "make room there"));
    }

    /** Linux tells the options of each mount; the longest mount point that the path begins with is the one it lies on. */
    private static boolean noexec(Path path) throws IOException {
        Path mounts = Path.of("/proc/self/mounts");
        if (!Files.isReadable(mounts)) {
            return false;
        }
        return noexec(path.toRealPath(), Files.readAllLines(mounts));
    }

    static boolean noexec(Path path, List<String> mounts) {
        Optional<String[]> mount = mounts.stream()
                .map(line -> line.split(" ", -1))
                .filter(fields -> fields.length > 3 && path.startsWith(Path.of(fields[1].replace("\\040", " "))))
                .reduce((best, each) -> each[1].length() >= best[1].length() ? each : best);
        return mount.isPresent() && Set.of(mount.get()[3].split(",", -1)).contains("noexec");
    }
}
