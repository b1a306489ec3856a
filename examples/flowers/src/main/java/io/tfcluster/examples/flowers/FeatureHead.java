package io.tfcluster.examples.flowers;

import io.tfcluster.training.Initializer;
import io.tfcluster.training.ModelBuilder;
import io.tfcluster.training.ModelSpec;
import io.tfcluster.training.Optimizer;
import io.tfcluster.training.layers.Layers;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;

/**
 * The head on a pretrained network: dropout and one linear layer on its features. Inputs are {@code features} float32 [rows, width] and
 * {@code label} int64 [rows].
 *
 * @param classes number of classes
 * @param width number of features of one picture
 */
record FeatureHead(int classes, int width) implements SampleNetwork {

    static final String FEATURES = "features";
    private static final double DROPOUT = 0.2;
    private static final double SMOOTHING = 0;
    private static final float WEIGHT_DECAY = 1e-2f;
    private static final double RATE = 1e-3;

    @Override
    public ModelSpec build(ModelBuilder model) {
        Operand<TFloat32> features = model.input(FEATURES, TFloat32.class);
        Operand<TFloat32> kernel = model.variable("classes/kernel", Shape.of(width, classes), Initializer.zeros());
        Operand<TFloat32> bias = model.variable("classes/bias", Shape.of(classes), Initializer.zeros());
        Operand<TFloat32> dropped = Layers.dropout(model, features, DROPOUT);
        Operand<TFloat32> logits = model.tf().nn.biasAdd(model.tf().linalg.matMul(dropped, kernel), bias);
        return Classifier.spec(model, logits, SMOOTHING, List.of(kernel), WEIGHT_DECAY);
    }

    @Override
    public Optimizer optimizer(long steps, int epochs) {
        return Optimizer.adam(RATE);
    }
}
