package io.tfcluster.training;

import io.tfcluster.training.layers.Layers;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** Models that tests share. */
final class Models {
    private Models() {}

    /** A network of one hidden layer with three classes. */
    static ModelSpec mlp(ModelBuilder model) {
        Operand<TFloat32> hidden =
                model.tf().math.tanh(Layers.dense(model, "hidden", model.input("x", TFloat32.class), 8));
        Operand<TFloat32> logits = Layers.dense(model, "out", hidden, 3);
        Operand<TInt64> label = model.input("label", TInt64.class);
        return ModelSpec.builder()
                .loss(Layers.softmaxCrossEntropy(model, logits, label, 0))
                .metric("accuracy", Layers.accuracy(model, logits, label))
                .prediction("probabilities", model.tf().nn.softmax(logits))
                .build();
    }

    static TrainerConfig.Builder config(Optimizer optimizer) {
        return TrainerConfig.builder(optimizer).threads(1, 1).batchSize(64).seed(3);
    }

    /** All variables one after the other. */
    static float[] variables(Trainer trainer) {
        try (TFloat32 values = trainer.variables()) {
            float[] copy = new float[Math.toIntExact(values.size())];
            for (int i = 0; i < copy.length; i++) {
                copy[i] = values.getFloat(i);
            }
            return copy;
        }
    }
}
