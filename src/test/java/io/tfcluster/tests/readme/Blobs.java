package io.tfcluster.tests.readme;

import io.tfcluster.ClusterConfig;
import io.tfcluster.NodeContext;
import io.tfcluster.TFCluster;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.training.ExportConfig;
import io.tfcluster.training.ModelBuilder;
import io.tfcluster.training.ModelSpec;
import io.tfcluster.training.Optimizer;
import io.tfcluster.training.Trainer;
import io.tfcluster.training.TrainerConfig;
import io.tfcluster.training.layers.Layers;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** Three clouds of points, told apart; the program of the README. */
public final class Blobs {
    static final FeedSchema ROWS =
            FeedSchema.builder().float32("x", 2).int64("label").build();
    static final FeedSchema POINTS = FeedSchema.builder().float32("x", 2).build();

    static ModelSpec model(ModelBuilder m) {
        Operand<TFloat32> hidden = m.tf().nn.relu(Layers.dense(m, "hidden", m.input("x", TFloat32.class), 16));
        Operand<TFloat32> logits = Layers.dense(m, "logits", hidden, 3);
        Operand<TInt64> label = m.input("label", TInt64.class);
        return ModelSpec.builder()
                .loss(Layers.softmaxCrossEntropy(m, logits, label, 0))
                .metric("accuracy", Layers.accuracy(m, logits, label))
                .prediction("probabilities", m.tf().nn.softmax(logits))
                .build();
    }

    static void node(String exportDir, NodeContext ctx) {
        TrainerConfig config = TrainerConfig.builder(Optimizer.adam(0.01)).build();
        try (Trainer trainer = ctx.trainer(Blobs::model, config)) {
            trainer.fit(ctx.batches("train"));
            trainer.export(ExportConfig.to(exportDir));
            ctx.answer("inference", trainer, 64);
        }
    }

    static long correct(SparkSession spark, Dataset<Row> rows, String exportDir) {
        ClusterConfig config = ClusterConfig.builder(2)
                .feed("train", ROWS)
                .feed("inference", POINTS)
                .build();
        try (TFCluster cluster = TFCluster.run(spark, Blobs::node, exportDir, config)) {
            cluster.train(rows, 10).forEach(System.out::println);
            long correct = rows.javaRDD()
                    .zip(cluster.inference(rows))
                    .filter(pair -> isRight(pair._1(), pair._2()))
                    .count();
            cluster.shutdown();
            return correct;
        }
    }

    private static boolean isRight(Row row, Row answer) {
        float[] p = new float[3];
        for (int i = 0; i < 3; i++) {
            p[i] = answer.<Float>getList(0).get(i);
        }
        int best = p[0] > p[1] ? (p[0] > p[2] ? 0 : 2) : (p[1] > p[2] ? 1 : 2);
        return best == row.<Number>getAs("label").intValue();
    }
}
