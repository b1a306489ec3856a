package io.tfcluster.examples.textclassifier;

import io.tfcluster.training.ModelBuilder;
import io.tfcluster.training.ModelFunction;
import io.tfcluster.training.ModelSpec;
import io.tfcluster.training.layers.Layers;
import io.tfcluster.training.layers.Metrics;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * An embedding of each word and pair of words, their mean and their largest values over the message, a hidden layer, a softmax. Inputs are
 * {@code tokens} int64 [rows, length], 0 for none, and {@code label} int64 [rows].
 *
 * @param vocabulary how many tokens there are, 0 included
 * @param width numbers for each
 */
record SpamNetwork(int vocabulary, int width) implements ModelFunction {
    private static final int HIDDEN = 32;
    private static final int CLASSES = 2;
    private static final double DROPOUT = 0.3;

    @Override
    public ModelSpec build(ModelBuilder model) {
        Ops tf = model.tf();
        Operand<TInt64> tokens = model.input("tokens", TInt64.class);
        Operand<TFloat32> there =
                tf.expandDims(tf.dtypes.cast(tf.math.greater(tokens, tf.constant(0L)), TFloat32.class), tf.constant(2));
        Operand<TFloat32> words = tf.math.mul(
                Layers.embedding(model, "words", tokens, vocabulary, width), there); // [rows, length, width]
        Operand<TFloat32> count = tf.math.maximum(tf.reduceSum(there, tf.constant(1)), tf.constant(1f));
        Operand<TFloat32> mean = tf.math.div(tf.reduceSum(words, tf.constant(1)), count);
        Operand<TFloat32> largest = tf.reduceMax(words, tf.constant(1));
        Operand<TFloat32> pooled = tf.concat(List.of(mean, largest), tf.constant(1));
        Operand<TFloat32> hidden = tf.nn.relu(Layers.dense(model, "hidden", pooled, HIDDEN));
        Operand<TFloat32> logits = Layers.dense(model, "spam", Layers.dropout(model, hidden, DROPOUT), CLASSES);
        Operand<TInt64> label = model.input("label", TInt64.class);
        return ModelSpec.builder()
                .loss(Layers.softmaxCrossEntropy(model, logits, label, 0))
                .metric("accuracy", Metrics.accuracy(model, logits, label))
                .prediction("probabilities", tf.nn.softmax(logits))
                .build();
    }
}
