package io.tfcluster.benchmarks;

import io.tfcluster.training.InputSpec;
import io.tfcluster.training.Optimizer;
import io.tfcluster.training.Trainer;
import io.tfcluster.training.TrainerConfig;
import io.tfcluster.training.TrainingListener;
import io.tfcluster.training.TrainingSummary;
import io.tfcluster.training.ring.Ring;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Scanner;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TUint8;

/** A worker with one thread that trains the network of {@link FeedTrainingMain} alone or with its peers, as it is told. */
public final class ScalingTwoMain {
    private static final int PROBE_ROWS = 16;
    private static final int PROBE_STEPS = 6;
    private static final int MOST_ROWS = 512;

    private ScalingTwoMain() {}

    /**
     * Reads its place in the circle, then words until its input ends: {@code probe MILLIS} asks for the rows of such a step,
     * {@code rows N} sets them, {@code alone STEPS} and {@code together STEPS} train.
     */
    public static void main(String[] args) throws IOException {
        Scanner in = new Scanner(System.in, StandardCharsets.UTF_8);
        try (RingPeer peer = RingPeer.join(in);
                Trainer alone = trainer(Ring.single());
                Trainer together = trainer(peer.ring())) {
            int rows = PROBE_ROWS;
            while (in.hasNext()) {
                String word = in.next();
                int number = in.nextInt();
                switch (word) {
                    case "probe" -> System.out.println("rows " + rowsOfStep(alone, number));
                    case "rows" -> rows = number;
                    case "alone" -> fit(alone, rows, number);
                    case "together" -> fit(together, rows, number);
                    default -> throw new IllegalArgumentException("unknown word " + word);
                }
            }
        }
        System.exit(0);
    }

    private static Trainer trainer(Ring ring) {
        List<InputSpec> specs = List.of(
                new InputSpec("image", TUint8.class, Shape.of(FeedTrainingMain.SIDE, FeedTrainingMain.SIDE, 3)),
                new InputSpec("label", TInt64.class, Shape.scalar()));
        TrainerConfig config = TrainerConfig.builder(Optimizer.momentum(0.001, 0.9))
                .batchSize(MOST_ROWS)
                .threads(1, 1)
                .build();
        return Trainer.allReduce(FeedTrainingMain::network, specs, config, ring, TrainingListener.none());
    }

    private static long rowsOfStep(Trainer trainer, int millis) {
        steps(trainer, PROBE_ROWS, PROBE_STEPS); // the first are slow
        double stepMillis = steps(trainer, PROBE_ROWS, PROBE_STEPS) * 1e3 / PROBE_STEPS;
        return Math.max(1, Math.min(MOST_ROWS, Math.round(PROBE_ROWS * millis / stepMillis)));
    }

    private static void fit(Trainer trainer, int rows, int steps) {
        System.out.println("took " + steps(trainer, rows, steps));
    }

    private static double steps(Trainer trainer, int rows, int steps) {
        Random random = new Random(rows);
        byte[] images = new byte[rows * FeedTrainingMain.ROW_BYTES];
        random.nextBytes(images);
        long[] labels = random.longs(rows, 0, FeedTrainingMain.CLASSES).toArray();
        Shape shape = Shape.of(rows, FeedTrainingMain.SIDE, FeedTrainingMain.SIDE, 3);
        try (Tensor image = TUint8.tensorOf(shape, DataBuffers.of(images));
                Tensor label = TInt64.tensorOf(Shape.of(rows), DataBuffers.of(labels))) {
            TrainingSummary summary =
                    trainer.fit(MemoryRows.source(Map.of("image", image, "label", label), rows, steps));
            return summary.elapsed().toNanos() / 1e9;
        }
    }
}
