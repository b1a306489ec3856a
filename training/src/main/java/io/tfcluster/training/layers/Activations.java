package io.tfcluster.training.layers;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import org.tensorflow.Operand;
import org.tensorflow.framework.activations.ELU;
import org.tensorflow.framework.activations.Exponential;
import org.tensorflow.framework.activations.GELU;
import org.tensorflow.framework.activations.Linear;
import org.tensorflow.framework.activations.ReLU;
import org.tensorflow.framework.activations.SELU;
import org.tensorflow.framework.activations.Softmax;
import org.tensorflow.framework.activations.Softplus;
import org.tensorflow.framework.activations.Softsign;
import org.tensorflow.framework.activations.Swish;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Activations by Keras' names; tensorflow-framework's, except where these differ from Keras 3. */
final class Activations {
    private static final Map<String, BiFunction<Ops, Operand<TFloat32>, Operand<TFloat32>>> NAMES =
            new TreeMap<>(Map.ofEntries(
                    Map.entry("linear", Linear::linear),
                    Map.entry("relu", ReLU::relu),
                    Map.entry("relu6", (tf, x) -> tf.nn.relu6(x)),
                    Map.entry("leaky_relu", (tf, x) -> ReLU.relu(tf, x, 0.2f, Float.NaN, 0)),
                    Map.entry("elu", (tf, x) -> ELU.elu(tf, x, 1)),
                    Map.entry("selu", SELU::selu),
                    Map.entry("gelu", GELU::gelu),
                    Map.entry("swish", Swish::swish),
                    Map.entry("softplus", Softplus::softplus),
                    Map.entry("softsign", Softsign::softsign),
                    Map.entry("sigmoid", (tf, x) -> tf.math.sigmoid(x)),
                    Map.entry("hard_sigmoid", Activations::hardSigmoid),
                    Map.entry("tanh", (tf, x) -> tf.math.tanh(x)),
                    Map.entry("exponential", Exponential::exponential),
                    Map.entry("softmax", Softmax::softmax)));

    private Activations() {}

    static Operand<TFloat32> of(Ops tf, String name, Operand<TFloat32> x) {
        BiFunction<Ops, Operand<TFloat32>, Operand<TFloat32>> activation = NAMES.get(name);
        if (activation == null) {
            throw new IllegalArgumentException(
                    "there is no activation \"" + name + "\"; there is " + String.join(", ", NAMES.keySet()));
        }
        return activation.apply(tf, x);
    }

    /** The framework's is that of Keras 2, 0.2 x + 0.5. */
    private static Operand<TFloat32> hardSigmoid(Ops tf, Operand<TFloat32> x) {
        return tf.math.div(tf.nn.relu6(tf.math.add(x, tf.constant(3f))), tf.constant(6f));
    }
}
