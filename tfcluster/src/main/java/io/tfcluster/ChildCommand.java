package io.tfcluster;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The command line of a child's JVM. It holds no secret: that goes over standard input. */
final class ChildCommand {
    /**
     * Loops are compiled in full after ten times as many turns as is usual: what a start runs through is not worth it, and took 1.7 of its
     * 3.7 s of processor time, while loops that matter get there within seconds.
     */
    private static final List<String> LATE_COMPILER = List.of(
            "-XX:Tier4InvocationThreshold=50000",
            "-XX:Tier4MinInvocationThreshold=6000",
            "-XX:Tier4CompileThreshold=150000",
            "-XX:Tier4BackEdgeThreshold=400000");

    private ChildCommand() {}

    /**
     * Writes the arguments to a file of the child's folder, because a class path may be longer than the 128 KiB that Linux allows for one
     * argument, and returns the command that reads them.
     */
    static List<String> of(NodeSettings settings, Path folder, Optional<Path> natives, Class<?> main)
            throws IOException {
        List<String> arguments = new ArrayList<>();
        arguments.add("-Xmx" + settings.memory());
        arguments.add("-XX:ErrorFile=" + folder.resolve(CrashReports.NAME));
        arguments.add("-XX:+ExitOnOutOfMemoryError"); // a thread that dies of it leaves the others waiting
        arguments.add("-Djava.io.tmpdir=" + folder); // it is deleted with the folder, whatever the child dies of
        arguments.add("-Djava.awt.headless=true");
        arguments.add("-Dfile.encoding=UTF-8");
        arguments.addAll(LATE_COMPILER);
        natives.ifPresent(path -> {
            arguments.add("-Dorg.bytedeco.javacpp.pathsFirst=true");
            arguments.add("-Djava.library.path=" + path);
        });
        arguments.addAll(settings.jvmOptions());
        arguments.add("-cp");
        arguments.add(String.join(File.pathSeparator, classPath()));
        arguments.add(main.getName());
        Path file = folder.resolve("java.args");
        StringBuilder text = new StringBuilder();
        for (String argument : arguments) {
            text.append('"')
                    .append(argument.replace("\\", "\\\\").replace("\"", "\\\""))
                    .append("\"\n");
        }
        Files.writeString(file, text, StandardCharsets.UTF_8);
        return List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "@" + file);
    }

    /**
     * The application's own jars first, as Spark added them to the task's class loader, then the executor's class path: a user's protobuf
     * must come before the one that Spark's distribution brings.
     */
    private static Set<String> classPath() {
        Set<String> entries = new LinkedHashSet<>();
        for (ClassLoader loader = Thread.currentThread().getContextClassLoader();
                loader != null;
                loader = loader.getParent()) {
            if (loader instanceof URLClassLoader added) {
                for (URL url : added.getURLs()) {
                    addFile(url, entries);
                }
            }
        }
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            if (!entry.isEmpty()) {
                entries.add(entry.endsWith("*") ? entry : new File(entry).getAbsolutePath());
            }
        }
        return entries;
    }

    private static void addFile(URL url, Set<String> entries) {
        if (url.getProtocol().equals("file")) {
            try {
                entries.add(new File(url.toURI()).getAbsolutePath());
            } catch (URISyntaxException e) {
                throw new IllegalStateException("Spark added a jar at " + url + ", which is no valid file name", e);
            }
        }
    }
}
