package io.tfcluster.killmatrix;

import io.tfcluster.NodeNames;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/**
 * Puts a node into the phase "registering": as a Java agent it runs before the node's own main function, reads the order that the node's launcher
 * writes to find out which node this is, and leaves a copy of it for the node.
 */
public final class RegisteringAgent {
    private RegisteringAgent() {}

    /** Makes the jar that the JVM wants for an agent, next to the marks, and returns the option that names it. */
    static String option(Plan plan) throws IOException {
        Path jar = Path.of(plan.folder(), "agent.jar");
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(new Attributes.Name("Premain-Class"), RegisteringAgent.class.getName());
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file, manifest)) {
            out.finish();
        }
        return "-javaagent:" + jar + "=" + plan.who().name() + ":" + plan.how().name() + ":" + plan.folder();
    }

    /** Called by the JVM. */
    public static void premain(String argument) throws IOException {
        String[] words = argument.split(":", 3);
        Plan plan = new Plan(Who.valueOf(words[0]), Phase.REGISTERING, How.valueOf(words[1]), words[2], words[2], 0);
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        InputStream stdin = System.in;
        String name = NodeNames.read(new Recording(stdin, read));
        System.setIn(new SequenceInputStream(new ByteArrayInputStream(read.toByteArray()), stdin));
        String wanted = plan.who().isNode() ? plan.who().node() : Who.WORKER.node();
        if (name.equals(wanted)) {
            Gate.reached(plan, name, "");
        }
    }

    /** Keeps what is read. */
    private static final class Recording extends FilterInputStream {
        private final ByteArrayOutputStream read;

        Recording(InputStream in, ByteArrayOutputStream read) {
            super(in);
            this.read = read;
        }

        @Override
        public int read() throws IOException {
            int value = super.read();
            if (value >= 0) {
                read.write(value);
            }
            return value;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int count = super.read(bytes, offset, length);
            if (count > 0) {
                read.write(bytes, offset, count);
            }
            return count;
        }
    }
}
