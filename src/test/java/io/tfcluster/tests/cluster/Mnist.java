package io.tfcluster.tests.cluster;

import io.tfcluster.ClusterConfig;
import io.tfcluster.FeedInput;
import io.tfcluster.NodeContext;
import io.tfcluster.feeding.FeedConfig;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.feeding.RowWriter;
import io.tfcluster.reservation.Role;
import io.tfcluster.tests.harness.Photos;
import io.tfcluster.training.EpochResult;
import io.tfcluster.training.FitOptions;
import io.tfcluster.training.Initializer;
import io.tfcluster.training.ModelBuilder;
import io.tfcluster.training.ModelSpec;
import io.tfcluster.training.Optimizer;
import io.tfcluster.training.Schedule;
import io.tfcluster.training.Trainer;
import io.tfcluster.training.TrainerConfig;
import io.tfcluster.training.TrainingSummary;
import io.tfcluster.training.layers.Layers;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TUint8;

/** The handwritten digits, a small convolutional network, and a main function that evaluates over all rows at the end. */
final class Mnist {
    static final int TRAIN_ROWS = 60_000;
    static final int TEST_ROWS = 10_000;
    private static final int PIXELS = 28 * 28;
    private static final FeedSchema SCHEMA =
            FeedSchema.builder().uint8("image", 28, 28, 1).int64("label").build();

    /** One digit. */
    private static final class Digit implements Serializable {
        private static final long serialVersionUID = 1L;
        final byte[] pixels;
        final long label;

        Digit(byte[] pixels, long label) {
            this.pixels = pixels;
            this.label = label;
        }
    }

    /** What the main function is told. */
    record Plan(long steps, int batchSize) implements Serializable {}

    private Mnist() {}

    static ClusterConfig.Builder config(int nodes) {
        return ClusterConfig.builder(nodes)
                .feed("train", FeedConfig.of(SCHEMA).shuffle(20_000, 1).prefetch(2))
                .feed("validation", SCHEMA)
                .feed("test", SCHEMA)
                .nodeMemory("512m")
                .threads(1, 1)
                .heartbeat(Duration.ofMillis(500), Duration.ofSeconds(60))
                .reservationTimeout(Duration.ofSeconds(90))
                .feedTimeout(Duration.ofSeconds(300));
    }

    /** Reads "train" or "t10k"; skips the calling test where the files are not there. */
    static FeedInput input(JavaSparkContext context, String set, int partitions) {
        Path folder = Photos.assumePresent("mnist");
        try (DataInputStream images = open(folder.resolve(set + "-images-idx3-ubyte.gz"), 16);
                DataInputStream labels = open(folder.resolve(set + "-labels-idx1-ubyte.gz"), 8)) {
            int count = set.equals("train") ? TRAIN_ROWS : TEST_ROWS;
            List<Digit> digits = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                digits.add(new Digit(images.readNBytes(PIXELS), labels.readUnsignedByte()));
            }
            return FeedInput.of(
                    context.parallelize(digits, partitions),
                    (Digit digit, RowWriter out) -> out.putBytes(digit.pixels).putLong(digit.label));
        } catch (IOException e) {
            throw new IllegalStateException("cannot read the digits in " + folder, e);
        }
    }

    private static DataInputStream open(Path file, int header) throws IOException {
        InputStream in = new GZIPInputStream(Files.newInputStream(file), 1 << 16);
        in.skipNBytes(header);
        return new DataInputStream(in);
    }

    static ModelSpec model(ModelBuilder model) {
        Ops tf = model.tf();
        Operand<TFloat32> x =
                tf.math.mul(tf.dtypes.cast(model.input("image", TUint8.class), TFloat32.class), tf.constant(1 / 255f));
        x = tf.nn.relu(Layers.conv2d(model, "conv1", x, 32, 3, 1));
        x = Layers.maxPool(model, x, 2);
        x = tf.nn.relu(Layers.conv2d(model, "conv2", x, 64, 3, 1));
        x = Layers.flatten(model, Layers.maxPool(model, x, 2));
        x = tf.nn.relu(Layers.dense(model, "hidden", x, 128, Initializer.heNormal()));
        x = Layers.dropout(model, x, 0.4);
        Operand<TFloat32> logits = Layers.dense(model, "out", x, 10);
        Operand<TInt64> label = model.input("label", TInt64.class);
        return ModelSpec.builder()
                .loss(Layers.softmaxCrossEntropy(model, logits, label, 0))
                .metric("accuracy", Layers.accuracy(model, logits, label))
                .prediction("digit", tf.math.argMax(logits, tf.constant(1)))
                .build();
    }

    static void main(Plan plan, NodeContext ctx) {
        if (ctx.role() == Role.PS) {
            ctx.serveUntilStopped();
            return;
        }
        Optimizer optimizer = Optimizer.adam(Schedule.warmUp(50, Schedule.cosine(0.002, plan.steps() - 50)));
        TrainerConfig config = TrainerConfig.builder(optimizer)
                .batchSize(plan.batchSize())
                .threads(1, 1)
                .seed(1)
                .build();
        try (Trainer trainer = ctx.trainer(Mnist::model, config)) {
            TrainingSummary summary = trainer.fit(
                    ctx.batches("train"),
                    FitOptions.builder().validation(ctx.batches("validation")).build());
            List<EpochResult> epochs = summary.epochs();
            ctx.result("epochs", Integer.toString(epochs.size()));
            ctx.result("rows", Long.toString(summary.rows()));
            ctx.result("validation", epochs.get(epochs.size() - 1).validation().toString());
            ctx.result(
                    "test",
                    trainer.evaluate(ctx.batches("test")).get("accuracy").toString());
        }
    }
}
