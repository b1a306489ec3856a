package io.tfcluster.training;

import io.tfcluster.training.ring.Ring;
import java.io.IOException;
import java.nio.file.Path;

/** A training in a JVM of its own that saves after each step until it is killed; it begins when its standard input says so. */
final class CheckpointChild {
    private CheckpointChild() {}

    static Process start(Path folder, Path log) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        CheckpointChild.class.getName(),
                        folder.toString())
                .redirectError(log.resolveSibling(log.getFileName() + ".err").toFile())
                .redirectOutput(log.toFile())
                .start();
    }

    /** Argument: the folder of the checkpoints. Prints each row it begins a batch with before it is used. */
    public static void main(String[] args) throws Exception {
        TensorFlowRuntime.oneDnn(); // loads TensorFlow
        say("loaded");
        if (System.in.read() < 0) {
            return;
        }
        try (Trainer trainer = CheckpointRun.trainer(
                Ring.single(), CheckpointRun.checkpoints(Path.of(args[0])).keep(2))) {
            NumberedRows source = CheckpointRun.source(trainer, Ring.single());
            say("begins " + trainer.step());
            while (trainer.step() < 450) {
                trainer.fit(source.give(1));
                say("row " + source.handedOut.get(source.handedOut.size() - 1));
                say("saved " + trainer.step());
            }
        }
    }

    /** In one write, so that a line is there whole or not at all. */
    private static void say(String line) {
        System.out.print(line + "\n");
        System.out.flush();
    }
}
