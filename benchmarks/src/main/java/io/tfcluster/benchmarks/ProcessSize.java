package io.tfcluster.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What a process has at one moment.
 *
 * @param heap bytes in use after a collection, or 0 where only the process itself could tell
 */
record ProcessSize(long threads, long files, long resident, long heap) {
    static ProcessSize of(long pid, long heap) {
        return new ProcessSize(entries(pid, "task"), entries(pid, "fd"), Machine.resident(pid), heap);
    }

    /** Collects the garbage first. */
    static ProcessSize own() {
        return of(ProcessHandle.current().pid(), ownHeap());
    }

    static long ownHeap() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    private static long entries(long pid, String folder) {
        try (Stream<Path> entries = Files.list(Path.of("/proc", Long.toString(pid), folder))) {
            return entries.count();
        } catch (IOException e) {
            return 0; // gone
        }
    }

    ProcessSize plus(ProcessSize other) {
        return new ProcessSize(
                threads + other.threads, files + other.files, resident + other.resident, heap + other.heap);
    }
}
