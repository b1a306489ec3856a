package io.tfcluster.benchmarks;

import io.tfcluster.training.InputSpec;
import io.tfcluster.training.ModelBuilder;
import io.tfcluster.training.ModelFunction;
import io.tfcluster.training.ModelSpec;
import io.tfcluster.training.Optimizer;
import io.tfcluster.training.Trainer;
import io.tfcluster.training.TrainerConfig;
import io.tfcluster.training.TrainingListener;
import io.tfcluster.training.layers.Layers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Scanner;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * One worker that trains one network by several trainers, which cut its gradients differently, in turn. TensorFlow has a thread for an
 * operation and two operations at a time, without which nothing overlaps.
 */
public final class OverlapMain {
    private static final int SIDE = 32;
    private static final int PIXELS = SIDE * SIDE * 3;
    private static final int CLASSES = 10;

    private OverlapMain() {}

    /**
     * Reads its place in the circle, the network ("cnn" or "mlp"), rows, how many trainers, the fusionBytes of each; then until its input
     * ends a trainer's number and steps.
     */
    public static void main(String[] args) throws IOException {
        Scanner in = new Scanner(System.in, StandardCharsets.UTF_8);
        try (RingPeer peer = RingPeer.join(in)) {
            ModelFunction network = in.next().equals("cnn") ? OverlapMain::cnn : OverlapMain::mlp;
            int rows = in.nextInt();
            List<Trainer> trainers = new ArrayList<>();
            for (int left = in.nextInt(); left > 0; left--) {
                trainers.add(trainer(network, rows, in.nextLong(), peer));
            }
            Map<String, Tensor> batch = rows(rows, peer.ring().rank());
            System.out.println("ready");
            while (in.hasNextInt()) {
                Trainer trainer = trainers.get(in.nextInt());
                int steps = in.nextInt();
                double cpu = AllReduceMain.cpuSeconds();
                double seconds = trainer.fit(MemoryRows.source(batch, rows, steps))
                                .elapsed()
                                .toNanos()
                        / 1e9;
                System.out.println("took " + seconds + " " + (AllReduceMain.cpuSeconds() - cpu));
            }
            trainers.forEach(Trainer::close);
            batch.values().forEach(Tensor::close);
        }
        System.exit(0);
    }

    private static Trainer trainer(ModelFunction network, int rows, long fusionBytes, RingPeer peer) {
        List<InputSpec> specs = List.of(
                new InputSpec("x", TFloat32.class, Shape.of(SIDE, SIDE, 3)),
                new InputSpec("label", TInt64.class, Shape.scalar()));
        TrainerConfig.Builder config =
                TrainerConfig.builder(Optimizer.sgd(0.001)).batchSize(rows).threads(1, 2);
        if (fusionBytes > 0) {
            config.fusionBytes(fusionBytes);
        }
        return Trainer.allReduce(network, specs, config.build(), peer.ring(), TrainingListener.none());
    }

    private static Map<String, Tensor> rows(int rows, int rank) {
        Random random = new Random(rank);
        float[] x = new float[rows * PIXELS];
        for (int i = 0; i < x.length; i++) {
            x[i] = random.nextFloat();
        }
        long[] labels = random.longs(rows, 0, CLASSES).toArray();
        return Map.of(
                "x", TFloat32.tensorOf(Shape.of(rows, SIDE, SIDE, 3), DataBuffers.of(x)),
                "label", TInt64.tensorOf(Shape.of(rows), DataBuffers.of(labels)));
    }

    /** Four convolutions and two dense layers: 1.5 million variables, most of them in the last layers. */
    private static ModelSpec cnn(ModelBuilder model) {
        Operand<TFloat32> x = model.input("x", TFloat32.class);
        int filters = 32;
        for (int layer = 1; layer <= 4; layer++, filters *= 2) {
            x = Layers.maxPool(model, model.tf().nn.relu(Layers.conv2d(model, "conv" + layer, x, filters, 3, 1)), 2);
        }
        Operand<TFloat32> hidden = Layers.dense(model, "hidden", Layers.flatten(model, x), 1024);
        return classes(model, model.tf().nn.relu(hidden));
    }

    /** Three dense layers: 6 million variables, half of them in the first, whose gradient comes last. */
    private static ModelSpec mlp(ModelBuilder model) {
        Operand<TFloat32> x = Layers.flatten(model, model.input("x", TFloat32.class));
        x = model.tf().nn.relu(Layers.dense(model, "first", x, 1024));
        x = model.tf().nn.relu(Layers.dense(model, "second", x, 1536));
        x = model.tf().nn.relu(Layers.dense(model, "third", x, 1024));
        return classes(model, x);
    }

    private static ModelSpec classes(ModelBuilder model, Operand<TFloat32> hidden) {
        Operand<TFloat32> logits = Layers.dense(model, "classes", hidden, CLASSES);
        return ModelSpec.builder()
                .loss(Layers.softmaxCrossEntropy(model, logits, model.input("label", TInt64.class), 0))
                .build();
    }
}
