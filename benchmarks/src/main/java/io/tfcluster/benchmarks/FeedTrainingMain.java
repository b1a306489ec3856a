package io.tfcluster.benchmarks;

import io.tfcluster.NodeContext;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.feeding.tensor.Batch;
import io.tfcluster.feeding.tensor.DataFeed;
import io.tfcluster.training.BatchSource;
import io.tfcluster.training.ModelBuilder;
import io.tfcluster.training.ModelSpec;
import io.tfcluster.training.Optimizer;
import io.tfcluster.training.Trainer;
import io.tfcluster.training.TrainerConfig;
import io.tfcluster.training.TrainingBatch;
import io.tfcluster.training.TrainingSummary;
import io.tfcluster.training.layers.Layers;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TUint8;

/** What the node of the training run does. */
final class FeedTrainingMain {
    static final int SIDE = 64;
    static final int ROW_BYTES = SIDE * SIDE * 3;
    static final int CLASSES = 10;
    static final FeedSchema SCHEMA =
            FeedSchema.builder().uint8("image", SIDE, SIDE, 3).int64("label").build();

    private static final int PROBE_ROWS = 16;
    private static final int PROBE_STEPS = 6;
    private static final int MOST_ROWS = 512;
    private static final int MEMORY_BATCHES = 8;

    private FeedTrainingMain() {}

    /**
     * How long to go on.
     *
     * @param rounds how many times both loops run
     * @param steps of each loop in each round
     * @param stepMillis how long a step is to take; the batch size is made for it
     */
    record Plan(int rounds, int steps, int stepMillis) implements Serializable {}

    static void run(Plan plan, NodeContext ctx) {
        DataFeed feed = ctx.dataFeed();
        TrainerConfig config = TrainerConfig.builder(Optimizer.momentum(0.001, 0.9))
                .batchSize(MOST_ROWS)
                .threads(1, 1)
                .build();
        Trainer trainer = ctx.trainer(FeedTrainingMain::network, config);
        int rows = rowsPerStep(plan, feed, trainer);
        List<Batch> memory = new ArrayList<>();
        for (int i = 0; i < MEMORY_BATCHES; i++) {
            memory.add(feed.nextBatch(rows));
        }
        trainer.fit(inMemory(memory, plan.steps()));
        trainer.fit(fed(feed, rows, plan.steps()));

        Duration waitedBefore = feed.stats().waited();
        List<Duration> inMemory = new ArrayList<>();
        List<Duration> fed = new ArrayList<>();
        Duration ready = Duration.ZERO;
        for (int round = 0; round < plan.rounds(); round++) {
            TrainingSummary ofSpark = trainer.fit(fed(feed, rows, plan.steps()));
            fed.add(ofSpark.elapsed());
            ready = ready.plus(ofSpark.feedWait());
            inMemory.add(trainer.fit(inMemory(memory, plan.steps())).elapsed());
        }
        Duration waited = feed.stats().waited().minus(waitedBefore);
        memory.forEach(Batch::close);
        feed.terminate();
        double all = seconds(fed.stream().reduce(Duration.ZERO, Duration::plus));
        ctx.result("rows", Integer.toString(rows));
        ctx.result("fedStep", Double.toString(median(fed) / plan.steps()));
        ctx.result("memoryStep", Double.toString(median(inMemory) / plan.steps()));
        ctx.result("waited", Double.toString(seconds(waited) / all));
        ctx.result("ready", Double.toString(seconds(ready) / all));
    }

    private static double median(List<Duration> times) {
        List<Duration> sorted = times.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1
                ? seconds(sorted.get(middle))
                : (seconds(sorted.get(middle - 1)) + seconds(sorted.get(middle))) / 2;
    }

    private static double seconds(Duration time) {
        return time.toNanos() / 1e9;
    }

    private static int rowsPerStep(Plan plan, DataFeed feed, Trainer trainer) {
        try (Batch probe = feed.nextBatch(PROBE_ROWS)) {
            trainer.fit(inMemory(List.of(probe), PROBE_STEPS)); // the first steps are slow
            TrainingSummary timed = trainer.fit(inMemory(List.of(probe), PROBE_STEPS));
            double stepMillis = timed.elapsed().toNanos() / 1e6 / PROBE_STEPS;
            long rows = Math.round(PROBE_ROWS * plan.stepMillis() / stepMillis);
            return (int) Math.max(1, Math.min(MOST_ROWS, rows));
        }
    }

    private static BatchSource fed(DataFeed feed, int rows, int steps) {
        int[] taken = {0};
        return (most, makeDo) -> {
            Batch batch = feed.nextBatch(rows);
            return new Step(batch, ++taken[0] == steps, batch::close);
        };
    }

    private static BatchSource inMemory(List<Batch> batches, int steps) {
        int[] taken = {0};
        return (most, makeDo) -> {
            Batch batch = batches.get(taken[0] % batches.size());
            return new Step(batch, ++taken[0] == steps, () -> {});
        };
    }

    private record Step(Batch batch, boolean endOfData, Runnable end) implements TrainingBatch {
        @Override
        public int rows() {
            return batch.rows();
        }

        @Override
        public long epoch() {
            return batch.epoch();
        }

        @Override
        public Map<String, Tensor> inputs() {
            return batch.tensors();
        }

        @Override
        public boolean endOfEpoch() {
            return endOfData;
        }

        @Override
        public void close() {
            end.run();
        }
    }

    /** Three convolutions over images of bytes. */
    static ModelSpec network(ModelBuilder model) {
        Operand<TUint8> image = model.input("image", TUint8.class);
        Operand<TFloat32> x = model.tf()
                .math
                .mul(model.tf().dtypes.cast(image, TFloat32.class), model.tf().constant(1 / 255f));
        int filters = 32;
        for (int layer = 1; layer <= 3; layer++, filters *= 2) {
            x = model.tf().nn.relu(Layers.conv2d(model, "conv" + layer, x, filters, 3, layer == 1 ? 2 : 1));
            x = Layers.maxPool(model, x, 2);
        }
        Operand<TFloat32> logits = Layers.dense(model, "classes", Layers.globalAveragePool(model, x), CLASSES);
        Operand<TInt64> label = model.input("label", TInt64.class);
        return ModelSpec.builder()
                .loss(Layers.softmaxCrossEntropy(model, logits, label, 0))
                .prediction("probabilities", model.tf().nn.softmax(logits))
                .build();
    }
}
