package io.tfcluster;

import io.tfcluster.training.TensorFlowRuntime;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/**
 * The main class of a process that is started like a node's, only to look at itself: its class path, TensorFlow's natives, oneDNN. It may
 * crash in native code without harm to the executor.
 */
final class DoctorMain {
    /** File in the process's folder that holds what it found, as far as it came. */
    static final String FINDINGS = "findings";

    private static final String TOPIC = "TensorFlow";

    private DoctorMain() {}

    /** Called by the JVM, with the name of this place and the process's folder. */
    public static void main(String[] arguments) throws IOException {
        String where = arguments[0];
        Path folder = Path.of(arguments[1]);
        Lifeline.watch(System.in, folder);
        List<Finding> findings = new ArrayList<>();
        findings.add(DoctorHost.java(where));
        findings.addAll(DoctorClassPath.check(where, DoctorMain.class.getClassLoader(), true));
        write(folder, findings); // what comes now may end this process
        findings.add(tensorFlow(where));
        write(folder, findings);
        Runtime.getRuntime().halt(0);
    }

    private static Finding tensorFlow(String where) {
        try {
            String runtime = TensorFlowRuntime.describe();
            return TensorFlowRuntime.oneDnn()
                    ? Finding.ok(where, TOPIC, runtime)
                    : Finding.warning(
                            where,
                            TOPIC,
                            runtime + ": convolutions take half as long again",
                            "remove TF_ENABLE_ONEDNN_OPTS=0 from the environment of executors and nodes");
        } catch (Throwable e) { // a library that does not load, a class of another version: all is an Error
            return Finding.wouldFail(
                    where,
                    TOPIC,
                    "cannot be used: " + DoctorGuard.text(e),
                    e instanceof LinkageError && !(e instanceof UnsatisfiedLinkError)
                            ? "look at the findings about the class path"
                            : "look for tensorflow-core-native:linux-x86_64 on the class path, at TFCLUSTER_NATIVES, and for glibc 2.28 or newer");
        }
    }

    static void write(Path folder, List<Finding> findings) throws IOException {
        Path aside = folder.resolve(FINDINGS + ".new");
        try (DataOutputStream out = new DataOutputStream(Files.newOutputStream(aside))) {
            out.writeInt(findings.size());
            for (Finding finding : findings) {
                out.writeUTF(finding.level().name());
                out.writeUTF(finding.where());
                out.writeUTF(finding.topic());
                out.writeUTF(finding.found());
                out.writeUTF(finding.advice());
            }
        }
        Files.move(
                aside, folder.resolve(FINDINGS), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    static List<Finding> read(Path folder) throws IOException {
        List<Finding> findings = new ArrayList<>();
        Path file = folder.resolve(FINDINGS);
        if (Files.exists(file)) {
            try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
                for (int left = in.readInt(); left > 0; left--) {
                    findings.add(new Finding(
                            Finding.Level.valueOf(in.readUTF()),
                            in.readUTF(),
                            in.readUTF(),
                            in.readUTF(),
                            in.readUTF()));
                }
            }
        }
        return findings;
    }
}
