package io.tfcluster.benchmarks;

import io.tfcluster.NodeContext;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.training.Initializer;
import io.tfcluster.training.ModelBuilder;
import io.tfcluster.training.ModelSpec;
import io.tfcluster.training.Optimizer;
import io.tfcluster.training.Trainer;
import io.tfcluster.training.TrainerConfig;
import io.tfcluster.training.layers.Layers;
import java.io.Serializable;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** The small model of a soak run, and a few steps of it. */
final class SoakMain {
    static final FeedSchema SCHEMA = FeedSchema.builder().int64("id").build();
    static final int ROWS = 64;
    static final String TRAINED = "rows";

    private static final int BATCH = 8;

    private SoakMain() {}

    /** Nothing to be told. */
    record Nothing() implements Serializable {}

    static void run(Nothing nothing, NodeContext ctx) {
        TrainerConfig config = TrainerConfig.builder(Optimizer.sgd(0.1))
                .batchSize(BATCH)
                .threads(1, 1)
                .build();
        try (Trainer trainer = ctx.trainer(SoakMain::model, config)) {
            ctx.result(TRAINED, Long.toString(trainer.fit(ctx.batches("train")).rows()));
        }
    }

    private static ModelSpec model(ModelBuilder model) {
        Operand<TFloat32> values = model.variable("values", Shape.of(ROWS, 1), Initializer.zeros());
        Operand<TFloat32> own = model.tf()
                .gather(values, model.input("id", TInt64.class), model.tf().constant(0));
        return ModelSpec.builder().loss(Layers.mean(model, own)).build();
    }
}
