package io.tfcluster.estimator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TUint8;

/**
 * A graph with the tensors of the Object Detection API that finds colours: box 1 with the mean of red as its score, box 2 with that of green,
 * which goes beyond the picture, box 3 with blue, the whole picture, and box 4 with red, which is inverted.
 */
final class TestDetector {
    private TestDetector() {}

    static Path graph(Path file) {
        return TestGraphs.write(file, tf -> answers(tf, "image_tensor"));
    }

    static void answers(Ops tf, String input) {
        Placeholder<TUint8> pictures = TestGraphs.in(tf, input, TUint8.class, -1, -1, -1, 3);
        Operand<TFloat32> means = tf.math.div(
                tf.math.mean(tf.dtypes.cast(pictures, TFloat32.class), tf.constant(new int[] {1, 2})),
                tf.constant(255f));
        Operand<TInt32> channels = tf.constant(new int[] {0, 1, 2, 0});
        Operand<TFloat32> scores = tf.gather(means, channels, tf.constant(1));
        Operand<TFloat32> nothing = tf.math.mul(scores, tf.constant(0f));
        tf.withName("detection_scores").identity(scores);
        tf.withName("detection_classes").math.add(nothing, tf.constant(new float[] {1, 2, 3, 4}));
        tf.withName("num_detections").sum(tf.math.add(nothing, tf.constant(1f)), tf.constant(1));
        tf.withName("detection_boxes").math.add(tf.expandDims(nothing, tf.constant(2)), tf.constant(new float[][] {
            {0.25f, 0.25f, 0.75f, 0.5f},
            {-0.25f, 0.5f, 0.5f, 1.5f},
            {0, 0, 1, 1},
            {0.75f, 0.25f, 0.25f, 0.75f}
        }));
    }

    static Path labelMap(Path file) {
        return written(file, """
                # colours
                item { name: "/m/red" id: 1 display_name: "red" }
                item {
                  name: 'green'
                  id: 2
                  keypoints { id: 7 label: "brace }" }
                }
                item { id: 3 display_name: "dark \\"blue\\"" }
                """);
    }

    static Path written(Path file, String text) {
        try {
            return Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
