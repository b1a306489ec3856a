package io.tfcluster;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/**
 * Ends this process when its standard input ends: the parent holds the other end of the pipe, and the operating system closes it when the
 * parent dies, whatever it dies of.
 */
final class Lifeline {
    private static final int EXIT_CODE = 70;

    private Lifeline() {}

    /** Watches from now on; the node's folder is deleted before the process ends. */
    static void watch(InputStream stdin, Path folder) {
        Thread thread = new Thread(
                () -> {
                    try {
                        while (stdin.read() >= 0) {
                            // the parent writes nothing after the order; whatever comes is no reason to leave
                        }
                    } catch (IOException e) {
                        // a broken pipe is the end of it, too
                    }
                    leave(folder);
                },
                "node-lifeline");
        thread.setDaemon(true);
        thread.start();
    }

    /** Ends the process at once, without shutdown hooks: TensorFlow's may wait for a run that hangs. */
    static void leave(Path folder) {
        Folders.delete(folder);
        Runtime.getRuntime().halt(EXIT_CODE);
    }
}
