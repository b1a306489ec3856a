package io.tfcluster.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.TimeUnit;

/**
 * A second process of a benchmark: a JVM with the same class path that is told things in lines and answers in lines.
 *
 * <p>It watches its standard input and ends when that does, so it outlives neither {@link #close()} nor this process. Close takes 10 s at
 * most.
 */
final class ChildJvm implements AutoCloseable {
    private static final int END_SECONDS = 10;

    private final String name;
    private final Process process;
    private final BufferedReader out;
    private final PrintWriter in;

    private ChildJvm(String name, Process process) {
        this.name = name;
        this.process = process;
        this.out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        this.in = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
    }

    static ChildJvm start(Class<?> main) throws IOException {
        return start(List.of(), main);
    }

    /** {@code within} is a command that runs the words after it. */
    static ChildJvm start(List<String> within, Class<?> main) throws IOException {
        List<String> command = new ArrayList<>(within);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        return new ChildJvm(main.getSimpleName(), process);
    }

    void say(String line) {
        in.println(line);
    }

    /** Returns what follows {@code word} in the child's next line. The child gives up by itself when nothing happens. */
    String hear(String word) throws IOException {
        String line = out.readLine();
        if (line == null || !line.startsWith(word)) {
            throw new IOException("the child process " + name + " said " + line + " instead of \"" + word + "…\"");
        }
        return line.substring(word.length());
    }

    /** In the child: ends the process when the parent's words do. Returns the thread that watches. */
    static Thread endWithParent(Scanner parent) {
        Thread lifeline = new Thread(
                () -> {
                    while (parent.hasNext()) {
                        parent.next();
                    }
                    Runtime.getRuntime().halt(0);
                },
                "lifeline");
        lifeline.setDaemon(true);
        lifeline.start();
        return lifeline;
    }

    @Override
    public void close() {
        in.close();
        try {
            if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
