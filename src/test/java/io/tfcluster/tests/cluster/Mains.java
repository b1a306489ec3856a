package io.tfcluster.tests.cluster;

import io.tfcluster.NodeContext;
import io.tfcluster.feeding.tensor.Batch;
import io.tfcluster.feeding.tensor.DataFeed;
import io.tfcluster.reservation.Role;
import io.tfcluster.training.ModelSpec;
import io.tfcluster.training.Optimizer;
import io.tfcluster.training.Trainer;
import io.tfcluster.training.TrainerConfig;
import io.tfcluster.training.layers.Layers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.tensorflow.DeviceSpec;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Main functions that go wrong, each in its way, and some that do unusual things rightly. */
final class Mains {
    private Mains() {}

    static void throwsWhileFeeding(String args, NodeContext ctx) {
        consume(ctx, batches -> {
            if (ctx.index() == 1 && batches == 3) {
                throw new IllegalStateException("the third batch is cursed");
            }
        });
    }

    static void exitsWhileFeeding(String args, NodeContext ctx) {
        consume(ctx, batches -> {
            if (ctx.index() == 1 && batches == 3) {
                System.out.println("leaving now");
                System.out.flush();
                System.exit(3);
            }
        });
    }

    static void throwsAtOnce(String args, NodeContext ctx) {
        throw new IllegalStateException("nothing works here");
    }

    static void throwsAtTheEnd(String args, NodeContext ctx) {
        consume(ctx, batches -> {});
        throw new IllegalStateException("the export failed");
    }

    static void consumes(String args, NodeContext ctx) {
        consume(ctx, batches -> {});
    }

    /** Takes a little at a time, so that a test has time to do its damage. */
    static void consumesSlowly(String args, NodeContext ctx) {
        consume(ctx, batches -> {
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                throw new IllegalStateException("interrupted", e);
            }
        });
    }

    static void terminatesAfterAWhile(String args, NodeContext ctx) {
        DataFeed feed = ctx.dataFeed();
        consume(ctx, batches -> {
            if (batches == 5) {
                feed.terminate();
            }
        });
    }

    static void modelThatDoesNotFit(String args, NodeContext ctx) {
        TrainerConfig config =
                TrainerConfig.builder(Optimizer.sgd(0.1)).threads(1, 1).build();
        try (Trainer trainer = ctx.trainer(
                model -> {
                    Ops tf = model.tf();
                    return ModelSpec.builder()
                            .loss(Layers.mean(
                                    model,
                                    tf.linalg.matMul(
                                            model.input("x", TFloat32.class), tf.constant(new float[][] {{1}, {2}}))))
                            .build();
                },
                config)) {
            trainer.fit(ctx.batches("train"));
        }
    }

    /** Reads no rows: the worker runs a graph on its own server, the ps serves. */
    static void runsOnItsServer(String args, NodeContext ctx) {
        if (ctx.role() == Role.PS) {
            ctx.serveUntilStopped();
            return;
        }
        try (Graph graph = new Graph();
                Session session = ctx.session(graph, "/job:ps", "/job:" + ctx.jobName() + "/task:" + ctx.index())) {
            Ops tf = Ops.create(graph);
            Ops onPs = tf.withDevice(DeviceSpec.newBuilder()
                    .job("ps")
                    .task(0)
                    .deviceType(DeviceSpec.DeviceType.CPU)
                    .deviceIndex(0)
                    .build());
            var sum = onPs.math.add(onPs.constant(40f), onPs.constant(2f));
            try (TFloat32 value = (TFloat32) session.runner().fetch(sum).run().get(0)) {
                ctx.result("sum", Float.toString(value.getFloat()));
            }
        }
        ctx.result("spec", ctx.clusterSpec().jobs().keySet().toString());
        ctx.result("path", ctx.absolutePath("model"));
    }

    static void tellsWhoItIs(String args, NodeContext ctx) {
        ctx.result(
                "who",
                args + " " + ctx.index() + " of " + ctx.numWorkers() + " in "
                        + ctx.clusterSpec().size());
    }

    /** An evaluator watches until the cluster stops; the others have nothing to do. */
    static void evaluatorWaits(String args, NodeContext ctx) {
        if (ctx.role() == Role.EVALUATOR) {
            ctx.awaitStop();
            ctx.result("stopped", Boolean.toString(ctx.stopping()));
        }
        ctx.result("chief", Boolean.toString(ctx.isChief()));
        ctx.result("config", ctx.tfConfig());
    }

    /** The first node crashes after its farewell, as native code does at an exit now and then; the second one waits for that. */
    static void crashesAfterItsFarewell(String folder, NodeContext ctx) throws IOException, InterruptedException {
        Path crashed = Path.of(folder, "crashed");
        if (ctx.isChief()) {
            Files.writeString(Files.createTempFile(Path.of(folder), "run", ""), "main");
            ctx.result("who", "the first attempt");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                try {
                    Files.createFile(crashed);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                } finally {
                    Runtime.getRuntime().halt(134);
                }
            }));
            return;
        }
        for (int i = 0; i < 300 && !Files.exists(crashed); i++) {
            Thread.sleep(100);
        }
        Thread.sleep(3_000); // time enough for a second attempt to start
    }

    static void oneCopyFails(String args, NodeContext ctx) {
        if (ctx.index() == 1) {
            throw new IllegalStateException("copy 1 found nothing");
        }
    }

    private interface EachBatch {
        void accept(int batches);
    }

    private static void consume(NodeContext ctx, EachBatch each) {
        DataFeed feed = ctx.dataFeed("train");
        int batches = 0;
        long rows = 0;
        while (!feed.shouldStop()) {
            try (Batch batch = feed.nextBatch(10)) {
                rows += batch.rows();
                batches++;
                ctx.report(batch.epoch(), batches, rows, Map.of());
            }
            each.accept(batches);
        }
        ctx.result("rows", Long.toString(rows));
    }
}
