package io.tfcluster;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/** What the threads of this process are doing, as text of bounded length: the main thread first, those of the JVM itself not at all. */
final class ThreadDump {
    private static final int MAX_LETTERS = 24_000;
    private static final int MAIN_FRAMES = 60;
    private static final int FRAMES = 15;
    private static final String MAIN = "main";
    private static final Set<String> JVM =
            Set.of("Reference Handler", "Finalizer", "Signal Dispatcher", "Common-Cleaner", "Notification Thread");

    private ThreadDump() {}

    static String text() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        StringBuilder text = new StringBuilder();
        long[] locked = threads.findDeadlockedThreads();
        if (locked != null) {
            text.append("DEADLOCK between");
            for (ThreadInfo info : threads.getThreadInfo(locked)) {
                if (info != null) {
                    text.append(" \"").append(info.getThreadName()).append('"');
                }
            }
            text.append('\n');
        }
        List<ThreadInfo> all = new ArrayList<>(List.of(threads.dumpAllThreads(false, false)));
        all.removeIf(info -> info.getStackTrace().length == 0 || JVM.contains(info.getThreadName()));
        all.sort(Comparator.comparing((ThreadInfo info) -> !info.getThreadName().equals(MAIN))
                .thenComparing(ThreadInfo::getThreadName));
        for (ThreadInfo info : all) {
            append(text, info);
            if (text.length() > MAX_LETTERS) {
                text.setLength(MAX_LETTERS);
                return text.append("\n… and more, ")
                        .append(all.size())
                        .append(" threads in all")
                        .toString();
            }
        }
        return text.toString().stripTrailing();
    }

    private static void append(StringBuilder text, ThreadInfo info) {
        text.append('"').append(info.getThreadName()).append("\" ").append(info.getThreadState());
        if (info.getLockName() != null) {
            text.append(" on ").append(info.getLockName());
        }
        if (info.getLockOwnerName() != null) {
            text.append(", which \"").append(info.getLockOwnerName()).append("\" holds");
        }
        text.append('\n');
        StackTraceElement[] frames = info.getStackTrace();
        int shown = Math.min(frames.length, info.getThreadName().equals(MAIN) ? MAIN_FRAMES : FRAMES);
        for (int i = 0; i < shown; i++) {
            text.append("    at ").append(Traces.frame(frames[i])).append('\n');
        }
        if (shown < frames.length) {
            text.append("    … ").append(frames.length - shown).append(" more\n");
        }
    }

    /** Returns the main thread's part of a dump; empty if it has none. */
    static String mainThread(String dump) {
        StringBuilder main = new StringBuilder();
        boolean in = false;
        for (String line : dump.split("\n", -1)) {
            if (line.startsWith("\"")) {
                in = line.startsWith('"' + MAIN + '"');
            }
            if (in) {
                main.append(line).append('\n');
            }
        }
        return main.toString().stripTrailing();
    }
}
