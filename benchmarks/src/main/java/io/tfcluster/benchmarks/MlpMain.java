package io.tfcluster.benchmarks;

import io.tfcluster.training.Optimizer;
import io.tfcluster.training.Trainer;
import io.tfcluster.training.TrainerConfig;
import io.tfcluster.training.TrainingListener;
import io.tfcluster.training.TrainingSummary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Scanner;
import org.tensorflow.Tensor;

/** One worker that trains the {@link Mlp} by all-reduce, so many steps at a time as it is told. */
public final class MlpMain {
    private MlpMain() {}

    /** Reads its place in the circle, hidden units and rows, then numbers of steps until its input ends. */
    public static void main(String[] args) throws IOException {
        Scanner in = new Scanner(System.in, StandardCharsets.UTF_8);
        try (RingPeer peer = RingPeer.join(in)) {
            int hidden = in.nextInt();
            int rows = in.nextInt();
            TrainerConfig config = TrainerConfig.builder(Optimizer.sgd(Mlp.RATE))
                    .batchSize(rows)
                    .threads(1, 1)
                    .build();
            Map<String, Tensor> batch = Mlp.rows(rows, peer.ring().rank());
            try (Trainer trainer = Trainer.allReduce(
                    model -> Mlp.model(model, hidden), Mlp.specs(), config, peer.ring(), TrainingListener.none())) {
                System.out.println("ready");
                while (in.hasNextInt()) {
                    int steps = in.nextInt();
                    double cpu = AllReduceMain.cpuSeconds();
                    TrainingSummary summary = trainer.fit(MemoryRows.source(batch, rows, steps));
                    cpu = AllReduceMain.cpuSeconds() - cpu;
                    System.out.println("took " + summary.elapsed().toNanos() / 1e9 + " " + cpu);
                }
            }
            batch.values().forEach(Tensor::close);
        }
        System.exit(0);
    }
}
