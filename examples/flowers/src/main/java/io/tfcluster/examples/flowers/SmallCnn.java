package io.tfcluster.examples.flowers;

import io.tfcluster.training.Initializer;
import io.tfcluster.training.ModelBuilder;
import io.tfcluster.training.ModelSpec;
import io.tfcluster.training.Optimizer;
import io.tfcluster.training.Schedule;
import io.tfcluster.training.layers.Layers;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TUint8;

/**
 * The network that learns flowers from nothing: seven convolutions with standardised kernels (Qiao et al., 2019: worth 4 to 10 points
 * here, and without the running averages of batch normalisation), the mean over what is left, dropout, a softmax. Inputs are
 * {@code image} uint8 [rows, size, size, 3] and {@code label} int64 [rows].
 *
 * @param classes number of classes
 * @param size side of what the network sees; pictures of any size are brought to it
 */
record SmallCnn(int classes, int size) implements SampleNetwork {

    private static final double DROPOUT = 0.3;
    private static final double SMOOTHING = 0.1;
    private static final float WEIGHT_DECAY = 1e-4f;
    private static final double RATE = 1e-3;

    /** Side of the pictures to feed for a network that sees {@code size}: larger, so that cuts out of them are sharp. */
    static int fedSize(int size) {
        return size * 4 / 3;
    }

    @Override
    public ModelSpec build(ModelBuilder model) {
        Operand<TUint8> image = model.input(FeaturesMain.IMAGE, TUint8.class);
        Net net = new Net(model, new PictureCut(size).apply(model, image));
        net.conv("conv1", 32, 5, 2);
        net.maxPool(3);
        net.conv("conv2a", 64, 3, 1);
        net.conv("conv2b", 64, 3, 1);
        net.maxPool(2);
        net.conv("conv3a", 128, 3, 1);
        net.conv("conv3b", 128, 3, 1);
        net.maxPool(2);
        net.conv("conv4", 256, 3, 1);
        Operand<TFloat32> x = Layers.dropout(model, Layers.globalAveragePool(model, net.x), DROPOUT);
        Operand<TFloat32> kernel =
                model.variable("classes/kernel", Shape.of(net.channels, classes), Initializer.truncatedNormal(0.01f));
        Operand<TFloat32> bias = model.variable("classes/bias", Shape.of(classes), Initializer.zeros());
        Operand<TFloat32> logits = model.tf().nn.biasAdd(model.tf().linalg.matMul(x, kernel), bias);
        net.kernels.add(kernel);
        return Classifier.spec(model, logits, SMOOTHING, net.kernels, WEIGHT_DECAY);
    }

    /** Adam, warmed up over two epochs, then half a cosine. */
    @Override
    public Optimizer optimizer(long steps, int epochs) {
        long warmUp = Math.max(1, Math.min(steps / 2, 2 * steps / epochs));
        return Optimizer.adam(Schedule.warmUp(warmUp, Schedule.cosine(RATE, Math.max(1, steps - warmUp))));
    }

    /** The picture on its way through the layers. */
    private static final class Net {
        private final ModelBuilder model;
        private final List<Operand<TFloat32>> kernels = new ArrayList<>();
        private Operand<TFloat32> x;
        private int channels = 3;

        Net(ModelBuilder model, Operand<TFloat32> x) {
            this.model = model;
            this.x = x;
        }

        /** Convolution with a kernel brought to mean 0 and deviation sqrt(2 / fan in) for each output, times a gain; bias; ReLU. */
        void conv(String name, int filters, int side, int stride) {
            Ops tf = model.tf();
            Operand<TFloat32> raw =
                    model.variable(name + "/kernel", Shape.of(side, side, channels, filters), Initializer.heNormal());
            Operand<TFloat32> gain = model.variable(name + "/gain", Shape.of(filters), Initializer.ones());
            Operand<TFloat32> bias = model.variable(name + "/bias", Shape.of(filters), Initializer.zeros());
            int fanIn = side * side * channels;
            Operand<TFloat32> centred = tf.math.sub(raw, mean(tf, raw));
            Operand<TFloat32> scale = tf.math.mul(
                    tf.math.rsqrt(tf.math.add(mean(tf, tf.math.square(centred)), tf.constant(1e-6f))),
                    tf.math.mul(gain, tf.constant((float) Math.sqrt(2.0 / fanIn))));
            Operand<TFloat32> kernel = tf.math.mul(centred, scale);
            kernels.add(raw);
            x = tf.nn.relu(tf.nn.biasAdd(
                    tf.nn.conv2d(x, kernel, List.of(1L, (long) stride, (long) stride, 1L), "SAME"), bias));
            channels = filters;
        }

        void maxPool(int side) {
            Ops tf = model.tf();
            x = tf.nn.maxPool(
                    x, tf.constant(new int[] {1, side, side, 1}), tf.constant(new int[] {1, 2, 2, 1}), "SAME");
        }

        private static Operand<TFloat32> mean(Ops tf, Operand<TFloat32> kernel) {
            return tf.math.mean(kernel, tf.constant(new int[] {0, 1, 2}), Mean.keepDims(true));
        }
    }
}
