package io.tfcluster.tests.cluster;

import io.tfcluster.ClusterConfig;
import io.tfcluster.NodeContext;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.feeding.RowEncoder;
import io.tfcluster.reservation.Role;
import io.tfcluster.training.ModelBuilder;
import io.tfcluster.training.ModelSpec;
import io.tfcluster.training.Optimizer;
import io.tfcluster.training.Trainer;
import io.tfcluster.training.TrainerConfig;
import io.tfcluster.training.TrainingSummary;
import io.tfcluster.training.layers.Layers;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** The smallest model there is, y = 2a - 3b + c/2 + 1, with rows to learn it from and a main function that learns and then answers. */
final class Linear {
    static final FeedSchema TRAIN =
            FeedSchema.builder().float32("x", 3).float32("y", 1).build();
    static final FeedSchema INFERENCE = FeedSchema.builder().float32("x", 3).build();

    /** One row, with its number. */
    record Point(int id, float a, float b, float c) implements Serializable {
        float y() {
            return 2 * a - 3 * b + c / 2 + 1;
        }
    }

    private Linear() {}

    static ClusterConfig.Builder config(int nodes) {
        return ClusterConfig.builder(nodes)
                .feed("train", TRAIN)
                .feed("inference", INFERENCE)
                .nodeMemory("256m")
                .threads(1, 1)
                .heartbeat(Duration.ofMillis(250), Duration.ofSeconds(20))
                .reservationTimeout(Duration.ofSeconds(90))
                .feedTimeout(Duration.ofSeconds(60));
    }

    static JavaRDD<Point> points(JavaSparkContext context, int count, int partitions) {
        Random random = new Random(7);
        List<Point> points = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            points.add(new Point(i, random.nextFloat(), random.nextFloat(), random.nextFloat()));
        }
        return context.parallelize(points, partitions);
    }

    static RowEncoder<Point> trainEncoder() {
        return (point, out) ->
                out.putFloats(new float[] {point.a(), point.b(), point.c()}).putFloats(new float[] {point.y()});
    }

    static RowEncoder<Point> inferenceEncoder() {
        return (point, out) -> out.putFloats(new float[] {point.a(), point.b(), point.c()});
    }

    static ModelSpec model(ModelBuilder model) {
        Ops tf = model.tf();
        Operand<TFloat32> predicted = Layers.dense(model, "out", model.input("x", TFloat32.class), 1);
        Operand<TFloat32> error = tf.math.squaredDifference(predicted, model.input("y", TFloat32.class));
        return ModelSpec.builder()
                .loss(Layers.mean(model, error))
                .prediction("predicted", predicted)
                .build();
    }

    /** Learns from the feed "train", then answers the feed "inference" in batches of seven. */
    static void main(String args, NodeContext ctx) {
        if (ctx.role() == Role.PS) {
            ctx.serveUntilStopped();
            return;
        }
        try (Trainer trainer = ctx.trainer(
                Linear::model,
                TrainerConfig.builder(Optimizer.sgd(0.1))
                        .batchSize(16)
                        .threads(1, 1)
                        .build())) {
            TrainingSummary summary = trainer.fit(ctx.batches("train"));
            ctx.result("steps", Long.toString(summary.steps()));
            ctx.result("rows", Long.toString(summary.rows()));
            ctx.result("loss", Double.toString(summary.loss()));
            ctx.answer("inference", trainer, 7);
        }
    }
}
