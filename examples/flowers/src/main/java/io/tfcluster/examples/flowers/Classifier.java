package io.tfcluster.examples.flowers;

import io.tfcluster.training.ModelBuilder;
import io.tfcluster.training.ModelSpec;
import io.tfcluster.training.layers.Layers;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** The end that both models have: logits to loss, accuracy and probabilities. */
final class Classifier {

    static final String PROBABILITIES = "probabilities";
    static final String LABEL = "label";

    private Classifier() {}

    /**
     * Returns the spec.
     *
     * @param kernels weights that are kept small
     * @param decay by how much: loss += decay / 2 × their squares
     */
    static ModelSpec spec(
            ModelBuilder model,
            Operand<TFloat32> logits,
            double smoothing,
            List<Operand<TFloat32>> kernels,
            float decay) {
        Ops tf = model.tf();
        Operand<TInt64> label = model.input(LABEL, TInt64.class);
        Operand<TFloat32> loss = Layers.softmaxCrossEntropy(model, logits, label, model.training() ? smoothing : 0);
        if (model.training()) {
            for (Operand<TFloat32> kernel : kernels) {
                loss = tf.math.add(loss, tf.math.mul(tf.nn.l2Loss(kernel), tf.constant(decay)));
            }
        }
        return ModelSpec.builder()
                .loss(loss)
                .metric("accuracy", Layers.accuracy(model, logits, label))
                .prediction(PROBABILITIES, tf.nn.softmax(logits))
                .build();
    }
}
