package io.tfcluster.examples.flowers;

import io.tfcluster.training.ModelBuilder;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Stack;
import org.tensorflow.op.random.RandomUniform;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TUint8;

/**
 * Cuts what the network sees out of the pictures that are fed, in TensorFlow, the whole batch by one CropAndResize. In training the cut is
 * of random place, area and shape, and mirrored every other time (a box whose sides are swapped mirrors); otherwise it is the whole picture.
 * Changing colours as well brought nothing that could be measured.
 *
 * @param size side of what comes out, pixels from -1 to 1
 */
record PictureCut(int size) {

    private static final float MIN_AREA = 0.35f;
    private static final double MAX_ASPECT = 1.33;

    Operand<TFloat32> apply(ModelBuilder model, Operand<TUint8> image) {
        Ops tf = model.tf();
        Operand<TInt32> rows = tf.slice(tf.shape(image), tf.constant(new int[] {0}), tf.constant(new int[] {1}));
        Operand<TInt32> numbers = tf.range(tf.constant(0), tf.reshape(rows, tf.constant(new int[0])), tf.constant(1));
        Operand<TFloat32> boxes = model.training() ? randomBoxes(model, rows) : wholePictures(tf, rows);
        Operand<TFloat32> cut = tf.image.cropAndResize(image, boxes, numbers, tf.constant(new int[] {size, size}));
        return tf.math.sub(tf.math.mul(cut, tf.constant(1 / 127.5f)), tf.constant(1f));
    }

    private static Operand<TFloat32> wholePictures(Ops tf, Operand<TInt32> rows) {
        Operand<TFloat32> none = tf.fill(rows, tf.constant(0f));
        Operand<TFloat32> all = tf.fill(rows, tf.constant(1f));
        return tf.stack(List.of(none, none, all, all), Stack.axis(1L));
    }

    private static Operand<TFloat32> randomBoxes(ModelBuilder model, Operand<TInt32> rows) {
        Ops tf = model.tf();
        Operand<TFloat32> one = tf.constant(1f);
        Operand<TFloat32> side = tf.math.sqrt(uniform(model, rows, MIN_AREA, 1));
        float turn = (float) (Math.log(MAX_ASPECT) / 2);
        Operand<TFloat32> aspect = tf.math.exp(uniform(model, rows, -turn, turn));
        Operand<TFloat32> height = tf.math.minimum(tf.math.mul(side, aspect), one);
        Operand<TFloat32> width = tf.math.minimum(tf.math.div(side, aspect), one);
        Operand<TFloat32> top = tf.math.mul(uniform(model, rows, 0, 1), tf.math.sub(one, height));
        Operand<TFloat32> left = tf.math.mul(uniform(model, rows, 0, 1), tf.math.sub(one, width));
        // 0 or 1; where it is 1 the sides change places.
        Operand<TFloat32> mirror =
                tf.dtypes.cast(tf.math.less(uniform(model, rows, 0, 1), tf.constant(0.5f)), TFloat32.class);
        Operand<TFloat32> shift = tf.math.mul(mirror, width);
        return tf.stack(
                List.of(
                        top,
                        tf.math.add(left, shift),
                        tf.math.add(top, height),
                        tf.math.sub(tf.math.add(left, width), shift)),
                Stack.axis(1L));
    }

    private static Operand<TFloat32> uniform(ModelBuilder model, Operand<TInt32> rows, float from, float to) {
        Ops tf = model.tf();
        Operand<TFloat32> random = tf.random.randomUniform(
                rows, TFloat32.class, RandomUniform.seed(model.seed()), RandomUniform.seed2(model.seed()));
        return tf.math.add(tf.math.mul(random, tf.constant(to - from)), tf.constant(from));
    }
}
