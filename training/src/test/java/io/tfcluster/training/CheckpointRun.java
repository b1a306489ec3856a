package io.tfcluster.training;

import io.tfcluster.training.layers.Layers;
import io.tfcluster.training.ring.Ring;
import java.nio.file.Path;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** A training with dropout, Adam and a moving mean, for tests that interrupt it. */
final class CheckpointRun {
    static final Rows ROWS = Rows.classes(4_000, 6, 1);
    static final int BATCH = 8;

    private CheckpointRun() {}

    static ModelSpec model(ModelBuilder model) {
        Operand<TFloat32> x = model.input("x", TFloat32.class);
        Operand<TFloat32> moving = model.state("moving", org.tensorflow.ndarray.Shape.of(6), Initializer.zeros());
        Operand<TFloat32> mean = model.tf().math.mean(x, model.tf().constant(0));
        model.updateState(
                "moving",
                model.tf()
                        .math
                        .add(
                                model.tf().math.mul(moving, model.tf().constant(0.9f)),
                                model.tf().math.mul(mean, model.tf().constant(0.1f))));
        Operand<TFloat32> hidden = model.tf().math.tanh(Layers.dense(model, "hidden", x, 8));
        Operand<TFloat32> dropped = Layers.dropout(model, hidden, 0.5);
        Operand<TFloat32> logits = Layers.dense(model, "out", dropped, 3);
        Operand<TInt64> label = model.input("label", TInt64.class);
        return ModelSpec.builder()
                .loss(Layers.softmaxCrossEntropy(model, logits, label, 0))
                .metric("accuracy", Layers.accuracy(model, logits, label))
                .prediction("probabilities", model.tf().nn.softmax(logits))
                .build();
    }

    static CheckpointConfig checkpoints(Path folder) {
        return CheckpointConfig.in(folder.toString()).resume(true);
    }

    static Trainer trainer(Ring ring, CheckpointConfig checkpoints) {
        return trainer(ring, Optimizer.adam(0.02), checkpoints, CheckpointRun::model);
    }

    static Trainer trainer(Ring ring, Optimizer optimizer, CheckpointConfig checkpoints, ModelFunction model) {
        return trainer(ring, optimizer, checkpoints, model, TrainingListener.none());
    }

    static Trainer trainer(
            Ring ring,
            Optimizer optimizer,
            CheckpointConfig checkpoints,
            ModelFunction model,
            TrainingListener listener) {
        return Trainer.allReduce(
                model,
                ROWS.specs(),
                Models.config(optimizer).checkpoints(checkpoints).build(),
                ring,
                listener);
    }

    /** Returns this rank's rows, from where the checkpoint left off. */
    static NumberedRows source(Trainer trainer, Ring ring) {
        int first = trainer.restored()
                .map(saved -> NumberedRows.row(saved.positions().get(ring.rank())))
                .orElse(ring.rank() * BATCH);
        return new NumberedRows(ROWS, first, BATCH, ring.size() * BATCH);
    }
}
