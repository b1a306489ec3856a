package io.tfcluster.training;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.image.DecodeJpeg;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TType;

/** What a {@link ServingFunction} declares its inputs with; made by the trainer for one export. */
public final class ServingBuilder implements AutoCloseable {
    private final Graph graph;
    private final Ops tf;
    private final Map<String, Operand<TString>> assets;
    private final List<Op> onLoad;
    private final Map<String, Operand<?>> declared = new LinkedHashMap<>();
    private final List<ConcreteFunction> functions = new ArrayList<>();

    /**
     * Makes a builder for one serving function.
     *
     * @param assets the paths of the export's files, by name
     * @param onLoad what is run when the model is loaded
     */
    ServingBuilder(Graph graph, Ops tf, Map<String, Operand<TString>> assets, List<Op> onLoad) {
        this.graph = graph;
        this.tf = tf;
        this.assets = assets;
        this.onLoad = onLoad;
    }

    /** Returns TensorFlow's operations; they go into the exported graph. */
    public Ops tf() {
        return tf;
    }

    /**
     * Declares an input of the signature.
     *
     * @param shape with the row dimension; unknown sizes are -1
     * @throws IllegalArgumentException if the name is taken
     */
    public <T extends TType> Operand<T> input(String name, Class<T> type, Shape shape) {
        Names.check("input", name);
        Operand<T> input =
                Names.scoped(tf.withSubScope("serving"), name, ops -> ops.placeholder(type, Placeholder.shape(shape)));
        if (declared.putIfAbsent(name, input) != null) {
            throw new IllegalArgumentException("serving input \"" + name + "\" is declared twice");
        }
        return input;
    }

    /**
     * Returns the path that one of the export's files has where the model is loaded. It holds while the model is loaded only: read the file
     * with an operation that is run {@link #onLoad}, such as one that fills a lookup table.
     *
     * @throws IllegalArgumentException if the export has no such file
     */
    public Operand<TString> asset(String name) {
        Operand<TString> path = assets.get(name);
        if (path == null) {
            throw new IllegalArgumentException("the export has no asset \"" + name + "\" but " + assets.keySet()
                    + "; add it with ExportConfig.asset");
        }
        return path;
    }

    /** Has an operation run once when the model is loaded. */
    public void onLoad(Op operation) {
        onLoad.add(operation);
    }

    /**
     * Decodes encoded pictures and brings them to one size by bilinear interpolation.
     *
     * @param jpegs vector of JPEG or PNG files, any number
     * @return [rows, height, width, 3], 0 to 255
     */
    public Operand<TUint8> decodeJpegs(Operand<TString> jpegs, int height, int width) {
        ConcreteFunction one = ConcreteFunction.create(ops -> {
            Placeholder<TString> jpeg = ops.placeholder(TString.class, Placeholder.shape(Shape.scalar()));
            Operand<TUint8> pixels =
                    ops.image.decodeJpeg(jpeg, DecodeJpeg.channels(3L), DecodeJpeg.dctMethod("INTEGER_ACCURATE"));
            Operand<TFloat32> sized = ops.image.resizeBilinear(
                    ops.expandDims(pixels, ops.constant(0)), ops.constant(new int[] {height, width}));
            Operand<TUint8> rounded = ops.dtypes.cast(ops.math.add(sized, ops.constant(0.5f)), TUint8.class);
            return Signature.builder("decode_jpeg")
                    .input("jpeg", jpeg)
                    .output("pixels", ops.squeeze(rounded, org.tensorflow.op.core.Squeeze.axis(List.of(0L))))
                    .build();
        });
        functions.add(one);
        graph.attachFunction(one);
        @SuppressWarnings("unchecked") // the function's only output is uint8
        Operand<TUint8> images = (Operand<TUint8>)
                tf.mapDefun(List.of(jpegs), List.of(), List.of(TUint8.class), List.of(Shape.of(height, width, 3)), one)
                        .output()
                        .get(0);
        return images;
    }

    Map<String, Operand<?>> declared() {
        return declared;
    }

    /** Frees the functions, which the graph has copies of; done by the trainer. */
    @Override
    public void close() {
        functions.forEach(ConcreteFunction::close);
        functions.clear();
    }
}
