package io.tfcluster.examples.transferlearning;

import io.tfcluster.training.ModelBuilder;
import io.tfcluster.training.ModelFunction;
import io.tfcluster.training.ModelSpec;
import io.tfcluster.training.layers.Layers;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * One linear layer on the features of a network.
 *
 * @param classes how many
 */
record LinearHead(int classes) implements ModelFunction {

    static final String FEATURES = "features";
    static final String LABEL = "label";
    static final String PROBABILITIES = "probabilities";

    @Override
    public ModelSpec build(ModelBuilder model) {
        Operand<TFloat32> features = model.input(FEATURES, TFloat32.class);
        Operand<TInt64> label = model.input(LABEL, TInt64.class);
        Layers.Head head = Layers.softmaxHead(model, "classes", features, classes);
        return ModelSpec.builder()
                .loss(Layers.softmaxCrossEntropy(model, head.logits(), label, 0))
                .metric("accuracy", Layers.accuracy(model, head.logits(), label))
                .prediction(PROBABILITIES, head.probabilities())
                .build();
    }
}
