package io.tfcluster.tests.cluster;

import io.tfcluster.ClusterConfig;
import io.tfcluster.FeedInput;
import io.tfcluster.NodeContext;
import io.tfcluster.feeding.FeedConfig;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.feeding.RowWriter;
import io.tfcluster.reservation.Role;
import io.tfcluster.training.BatchSource;
import io.tfcluster.training.CheckpointConfig;
import io.tfcluster.training.Initializer;
import io.tfcluster.training.ModelBuilder;
import io.tfcluster.training.ModelSpec;
import io.tfcluster.training.Optimizer;
import io.tfcluster.training.Trainer;
import io.tfcluster.training.TrainerConfig;
import io.tfcluster.training.TrainingBatch;
import io.tfcluster.training.Trigger;
import io.tfcluster.training.layers.Layers;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * A model with a number for each row's id, which a visit makes smaller: the variables themselves tell which rows they have learned. Its main
 * function notes which rows they had learned when it began, and which it has learned since.
 */
final class Visits {
    static final int ROWS = 1_200;
    private static final int BATCH = 8;

    /**
     * What to do.
     *
     * @param folder of checkpoints and notes
     * @param pauseMillis after each batch, so that there is time to do damage
     * @param resumes whether to go on from another cluster's checkpoints
     */
    record Plan(String folder, int pauseMillis, boolean resumes) implements Serializable {
        Plan(String folder, int pauseMillis) {
            this(folder, pauseMillis, false);
        }

        String checkpoints() {
            return folder + "/checkpoints";
        }
    }

    private Visits() {}

    static ClusterConfig.Builder config(int nodes) {
        return ClusterConfig.builder(nodes)
                .feed("train", feed())
                .nodeMemory("256m")
                .threads(1, 1)
                .heartbeat(Duration.ofMillis(250), Duration.ofSeconds(20))
                .reservationTimeout(Duration.ofSeconds(90))
                .feedTimeout(Duration.ofSeconds(60))
                .restartBackoff(Duration.ofMillis(200), Duration.ofSeconds(1));
    }

    /** Small blocks and a small buffer, so that Spark is still feeding when a node dies. */
    static FeedConfig feed() {
        return FeedConfig.of(FeedSchema.builder().int64("id").build())
                .blocks(160)
                .buffer(1_600);
    }

    static FeedInput rows(JavaSparkContext context) {
        return FeedInput.of(
                context.parallelize(IntStream.range(0, ROWS).boxed().toList(), 5),
                (Integer id, RowWriter out) -> out.putLong(id));
    }

    static ModelSpec model(ModelBuilder model) {
        Operand<TFloat32> visits = model.variable("visits", Shape.of(ROWS, 1), Initializer.zeros());
        Operand<TFloat32> own = model.tf()
                .gather(visits, model.input("id", TInt64.class), model.tf().constant(0));
        return ModelSpec.builder()
                .loss(Layers.mean(model, own))
                .prediction("visits", own)
                .build();
    }

    static void main(Plan plan, NodeContext ctx) {
        if (ctx.role() == Role.PS) {
            ctx.serveUntilStopped();
            return;
        }
        TrainerConfig config = TrainerConfig.builder(Optimizer.momentum(0.7, 0.9))
                .batchSize(BATCH)
                .threads(1, 1)
                .checkpoints(CheckpointConfig.in(plan.checkpoints())
                        .every(Trigger.steps(4))
                        .resume(plan.resumes()))
                .build();
        try (Trainer trainer = ctx.trainer(Visits::model, config)) {
            if (ctx.isChief()) {
                note(plan, "restored-" + ctx.generation(), visited(trainer));
            }
            trainer.fit(new Noting(ctx.batches("train"), plan, "learned-" + ctx.generation() + "-" + ctx.rank()));
            ctx.result("visited", Integer.toString(visited(trainer).size()));
            ctx.result("parameters", Integer.toHexString(bits(trainer)));
            ctx.result("generation", Integer.toString(ctx.generation()));
        }
    }

    /** Returns the ids that the variables have learned. */
    private static List<Long> visited(Trainer trainer) {
        List<Long> ids = new ArrayList<>();
        float[] values = values(trainer);
        for (int id = 0; id < values.length; id++) {
            if (values[id] != 0) {
                ids.add((long) id);
            }
        }
        return ids;
    }

    private static int bits(Trainer trainer) {
        return java.util.Arrays.hashCode(values(trainer));
    }

    private static float[] values(Trainer trainer) {
        try (TInt64 ids = TInt64.vectorOf(LongStream.range(0, ROWS).toArray());
                Tensor visits = trainer.predict(Map.of("id", ids)).get("visits")) {
            float[] values = new float[ROWS];
            ((TFloat32) visits).asRawTensor().data().asFloats().read(values);
            return values;
        }
    }

    private static void note(Plan plan, String name, List<Long> ids) {
        StringBuilder line = new StringBuilder();
        ids.forEach(id -> line.append(id).append('\n'));
        try {
            Files.writeString(Path.of(plan.folder(), name), line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns how often the last generation's variables have learned each id: those that it began with, and those since. */
    static int[] learned(Path folder, int generation, int trainers) throws IOException {
        int[] counts = new int[ROWS];
        add(folder.resolve("restored-" + generation), counts);
        for (int rank = 0; rank < trainers; rank++) {
            add(folder.resolve("learned-" + generation + "-" + rank), counts);
        }
        return counts;
    }

    private static void add(Path file, int[] counts) throws IOException {
        if (Files.exists(file)) {
            Files.readAllLines(file).forEach(id -> counts[Integer.parseInt(id)]++);
        }
    }

    /** Notes the rows that it hands on. */
    private record Noting(BatchSource source, Plan plan, String name) implements BatchSource {
        @Override
        public TrainingBatch next(int maxRows, BooleanSupplier makeDo) {
            TrainingBatch batch = source.next(maxRows, makeDo);
            if (batch.rows() > 0) {
                long[] ids = new long[batch.rows()];
                ((TInt64) batch.inputs().get("id"))
                        .asRawTensor()
                        .data()
                        .asLongs()
                        .read(ids);
                note(plan, name, LongStream.of(ids).boxed().toList());
                LockSupport.parkNanos(plan.pauseMillis() * 1_000_000L);
            }
            return batch;
        }

        @Override
        public String position() {
            return source.position();
        }

        @Override
        public void terminate() {
            source.terminate();
        }
    }
}
