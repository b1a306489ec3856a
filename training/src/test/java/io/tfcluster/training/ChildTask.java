package io.tfcluster.training;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A task of a TensorFlow cluster in a JVM of its own, since a TensorFlow server cannot be stopped: ps tasks serve, workers train.
 *
 * <p>The parent holds its standard input; when that ends, so does the task.
 */
final class ChildTask {
    private ChildTask() {}

    static Process start(Path log, String job, int index, String ps, String workers) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                ChildTask.class.getName(),
                job,
                Integer.toString(index),
                ps,
                workers);
        return builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    }

    /** Arguments: job, index, ps addresses, worker addresses. */
    public static void main(String[] args) throws Exception {
        Thread lifeline = new Thread(
                () -> {
                    try {
                        while (System.in.read() >= 0) {
                            Thread.onSpinWait();
                        }
                    } catch (IOException e) {
                        System.err.println(e);
                    }
                    Runtime.getRuntime().halt(0);
                },
                "lifeline");
        lifeline.start();
        int index = Integer.parseInt(args[1]);
        Map<String, List<String>> jobs =
                Map.of("ps", List.of(args[2].split(",")), "worker", List.of(args[3].split(",")));
        TensorFlowServer server = TensorFlowServer.start(jobs, args[0], index);
        System.out.println("serving");
        if (args[0].equals("worker")) {
            List<Double> losses = new ArrayList<>();
            try (Trainer trainer = ParameterServerTest.trainer(server, jobs, index, info -> losses.add(info.loss()))) {
                TrainingSummary summary =
                        trainer.fit(ParameterServerTest.ROWS.source(0, 20, ParameterServerTest.sizes()));
                System.out.println("trained " + losses.size() + " of " + summary.steps());
                System.out.println(
                        "evaluated " + trainer.evaluate(ParameterServerTest.ROWS.source(1_200, 50, 50, 33, 1)));
            }
        }
        lifeline.join(Duration.ofMinutes(2).toMillis());
    }
}
