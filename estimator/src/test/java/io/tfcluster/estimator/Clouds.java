package io.tfcluster.estimator;

import io.tfcluster.training.ModelBuilder;
import io.tfcluster.training.ModelSpec;
import io.tfcluster.training.layers.Layers;
import io.tfcluster.training.layers.Losses;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** Three clouds of points, told apart. */
final class Clouds {
    static final int CLASSES = 3;

    private Clouds() {}

    static ModelSpec model(ModelBuilder m) {
        Operand<TFloat32> logits = logits(m);
        Operand<TInt64> label = m.input("label", TInt64.class);
        return ModelSpec.builder()
                .loss(Layers.softmaxCrossEntropy(m, logits, label, 0))
                .metric("accuracy", Layers.accuracy(m, logits, label))
                .prediction("probabilities", m.tf().nn.softmax(logits))
                .build();
    }

    /** With a loss of each row. */
    static ModelSpec byRow(ModelBuilder m) {
        Operand<TFloat32> logits = logits(m);
        Operand<TInt64> label = m.input("label", TInt64.class);
        return ModelSpec.builder()
                .rowLosses(Losses.softmaxCrossEntropyRows(m, logits, label, 0))
                .metric("accuracy", Layers.accuracy(m, logits, label))
                .prediction("probabilities", m.tf().nn.softmax(logits))
                .build();
    }

    private static Operand<TFloat32> logits(ModelBuilder m) {
        Operand<TFloat32> hidden = m.tf().nn.relu(Layers.dense(m, "hidden", m.input("x", TFloat32.class), 16));
        return Layers.dense(m, "logits", hidden, CLASSES);
    }

    /** Rows of x: two doubles, label: a double as Spark ML has them, id, word, weight 0 for the second half. */
    static Dataset<Row> rows(SparkSession spark, int count) {
        Random random = new Random(11);
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int label = i % CLASSES;
            double angle = label * 2 * Math.PI / CLASSES;
            rows.add(RowFactory.create(
                    List.of(
                            Math.cos(angle) + 0.25 * random.nextGaussian(),
                            Math.sin(angle) + 0.25 * random.nextGaussian()),
                    (double) label,
                    (long) i,
                    i % 5 == 0));
        }
        return spark.createDataFrame(
                        rows,
                        new StructType()
                                .add("x", DataTypes.createArrayType(DataTypes.DoubleType))
                                .add("label", DataTypes.DoubleType)
                                .add("id", DataTypes.LongType)
                                .add("test", DataTypes.BooleanType))
                .coalesce(2);
    }

    /** An estimator whose processes are small. */
    static TFEstimator estimator() {
        return small(new TFEstimator(Clouds::model));
    }

    static TFEstimator small(TFEstimator estimator) {
        return estimator
                .setNodeMemory("256m")
                .setIntraOpThreads(1)
                .setReservationTimeout(90)
                .setFeedTimeout(60)
                .setGraceSecs(90)
                .setLearningRate(0.02)
                .setBatchSize(32);
    }
}
