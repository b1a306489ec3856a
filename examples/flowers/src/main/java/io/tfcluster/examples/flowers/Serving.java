package io.tfcluster.examples.flowers;

import io.tfcluster.training.ServingBuilder;
import io.tfcluster.training.ServingFunction;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Min;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.Squeeze;
import org.tensorflow.op.image.DecodeJpeg;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;

/**
 * What stands before the network in the SavedModel: files in, probabilities out, nothing to be done by hand.
 *
 * @param size side of the pictures the network, or the backbone, takes
 * @param backboneOrNull the network the features come from
 */
record Serving(int size, @Nullable Backbone backboneOrNull) implements Serializable {

    /** The signature's input: a vector of JPEG (or PNG, GIF, BMP) files. */
    static final String FILES = "jpeg";

    /** Returns the function for a node, where {@code files} says where a file that was added to the application lies. */
    ServingFunction on(Function<String, Path> files) {
        return serving -> {
            Operand<TUint8> pixels =
                    decoded(serving, serving.input(FILES, TString.class, Shape.of(Shape.UNKNOWN_SIZE)));
            Backbone backbone = backboneOrNull;
            return backbone == null
                    ? Map.of(FeaturesMain.IMAGE, pixels)
                    : Map.of(
                            FeatureHead.FEATURES,
                            backbone.features(serving.tf(), files.apply(backbone.fileName()), pixels));
        };
    }

    /** Decodes, cuts the square out of the middle and resizes by area, as {@link PictureDecoder} does: the network sees what it saw in training. */
    private Operand<TUint8> decoded(ServingBuilder serving, Operand<TString> files) {
        ConcreteFunction one = ConcreteFunction.create(this::decodeOne);
        try {
            Ops tf = serving.tf();
            ((Graph) tf.scope().env()).attachFunction(one);
            @SuppressWarnings("unchecked") // the function's only output is uint8
            Operand<TUint8> pixels = (Operand<TUint8>)
                    tf.mapDefun(List.of(files), List.of(), List.of(TUint8.class), List.of(Shape.of(size, size, 3)), one)
                            .output()
                            .get(0);
            return pixels;
        } finally {
            one.close();
        }
    }

    private Signature decodeOne(Ops tf) {
        Placeholder<TString> file = tf.placeholder(TString.class, Placeholder.shape(Shape.scalar()));
        Operand<TUint8> whole =
                tf.image.decodeJpeg(file, DecodeJpeg.channels(3L), DecodeJpeg.dctMethod("INTEGER_ACCURATE"));
        Operand<TInt32> sides = tf.slice(tf.shape(whole), tf.constant(new int[] {0}), tf.constant(new int[] {2}));
        Operand<TInt32> shorter = tf.min(sides, tf.constant(new int[] {0}), Min.keepDims(true));
        Operand<TInt32> corner = tf.math.floorDiv(tf.math.sub(sides, shorter), tf.constant(2));
        Operand<TUint8> square = tf.slice(
                whole,
                tf.concat(List.of(corner, tf.constant(new int[] {0})), tf.constant(0)),
                tf.concat(List.of(shorter, shorter, tf.constant(new int[] {3})), tf.constant(0)));
        Operand<TFloat32> resized =
                tf.image.resizeArea(tf.expandDims(square, tf.constant(0)), tf.constant(new int[] {size, size}));
        Operand<TUint8> rounded = tf.dtypes.cast(tf.math.add(resized, tf.constant(0.5f)), TUint8.class);
        return Signature.builder("decode_picture")
                .input("file", file)
                .output("pixels", tf.squeeze(rounded, Squeeze.axis(List.of(0L))))
                .build();
    }
}
