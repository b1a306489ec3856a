package io.tfcluster.killmatrix;

import static java.util.Objects.requireNonNull;

import io.tfcluster.NodeContext;
import io.tfcluster.reservation.Role;
import io.tfcluster.training.BatchSource;
import io.tfcluster.training.CheckpointConfig;
import io.tfcluster.training.ExportConfig;
import io.tfcluster.training.FitOptions;
import io.tfcluster.training.Initializer;
import io.tfcluster.training.ModelBuilder;
import io.tfcluster.training.ModelSpec;
import io.tfcluster.training.Optimizer;
import io.tfcluster.training.Trainer;
import io.tfcluster.training.TrainerConfig;
import io.tfcluster.training.TrainingBatch;
import io.tfcluster.training.Trigger;
import io.tfcluster.training.layers.Layers;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * The main function of every case: trains a model that knows which rows it has seen, saves it every few steps, exports it, and goes through a
 * {@link Gate} in each phase.
 */
final class Victim {
    /** What a training node leaves: how many of the rows its model has seen. */
    static final String SEEN = "seen";

    private static final int BATCH = 8;
    private static final int FEEDING_AT_BATCH = 6;
    private static final int STEP = 8;
    private static final int CHECKPOINT_STEPS = 5;
    /** Makes a step long enough to be hit. */
    private static final int BALLAST = 256;

    /** Long enough for others to notice first who is to blame. */
    private static final Duration PEER_LIMIT = Duration.ofMinutes(1);
    /** Where nobody else can notice. */
    private static final Duration SHORT_LIMIT = Duration.ofSeconds(10);

    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private Victim() {}

    static void main(Plan plan, NodeContext ctx) {
        Gate.open(plan, ctx.jobName() + ":" + ctx.index());
        Gate.reach(Phase.STARTING);
        if (ctx.role() == Role.PS || ctx.role() == Role.EVALUATOR) {
            standBy(ctx);
        } else {
            train(plan, ctx);
        }
        Gate.reach(Phase.SHUTTING_DOWN);
    }

    private static void standBy(NodeContext ctx) {
        if (ctx.role() == Role.PS) {
            ctx.startServer();
        }
        while (!ctx.stopping()) {
            Gate.look();
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    private static void train(Plan plan, NodeContext ctx) {
        TrainerConfig.Builder limits =
                TrainerConfig.builder(Optimizer.sgd(1)).batchSize(BATCH).threads(1, 1);
        if (plan.who() != Who.NETWORK) {
            limits.peerTimeout(PEER_LIMIT);
        } else if (plan.phase() == Phase.STEP) { // in the other phase the trainer's own are left as they are
            limits.peerTimeout(SHORT_LIMIT).stepTimeout(SHORT_LIMIT);
        }
        TrainerConfig config = limits.checkpoints(CheckpointConfig.in(plan.checkpoints())
                        .every(Trigger.steps(CHECKPOINT_STEPS))
                        .keep(2)
                        .resume(true)
                        .hadoop(GatedFileSystem.settings()))
                .build();
        try (Trainer trainer = ctx.trainer(Victim::model, config)) {
            trainer.fit(
                    new Gated(ctx.batches("train")),
                    FitOptions.builder()
                            .every(Trigger.steps(1), moment -> {
                                if (moment.step() >= STEP) {
                                    Gate.reach(Phase.STEP);
                                }
                            })
                            .build());
            trainer.export(ExportConfig.to(plan.export(ctx.generation())).hadoop(GatedFileSystem.settings()));
            ctx.result(SEEN, Long.toString(seen(trainer)));
        }
    }

    /** A number for each row, which every visit makes smaller, and something to compute. */
    private static ModelSpec model(ModelBuilder model) {
        Ops tf = model.tf();
        Operand<TFloat32> visits = model.variable("visits", Shape.of(Plan.ROWS, 1), Initializer.zeros());
        Operand<TFloat32> own = tf.gather(visits, model.input("id", TInt64.class), tf.constant(0));
        Operand<TFloat32> noise = tf.random.randomUniform(tf.constant(new int[] {BALLAST, BALLAST}), TFloat32.class);
        Operand<TFloat32> product = noise;
        for (int i = 0; i < 8; i++) {
            product = tf.math.tanh(tf.linalg.matMul(product, noise));
        }
        Operand<TFloat32> ballast =
                tf.math.mul(tf.math.mean(product, tf.constant(new int[] {0, 1})), tf.constant(1e-20f));
        return ModelSpec.builder()
                .loss(tf.math.add(Layers.mean(model, own), ballast))
                .prediction("visits", own)
                .build();
    }

    private static long seen(Trainer trainer) {
        try (TInt64 ids = TInt64.vectorOf(LongStream.range(0, Plan.ROWS).toArray());
                Tensor visits =
                        requireNonNull(trainer.predict(Map.of("id", ids)).get("visits"))) {
            return ((TFloat32) visits)
                    .streamOfObjects()
                    .filter(each -> each != 0)
                    .count();
        }
    }

    /** Rows on whose way is a gate. */
    private static final class Gated implements BatchSource {
        private final BatchSource source;
        private int batches;

        Gated(BatchSource source) {
            this.source = source;
        }

        @Override
        public TrainingBatch next(int maxRows, BooleanSupplier makeDo) {
            if (batches >= FEEDING_AT_BATCH) {
                Gate.reach(Phase.FEEDING);
            }
            TrainingBatch batch = source.next(maxRows, makeDo);
            batches += batch.rows() > 0 ? 1 : 0;
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
