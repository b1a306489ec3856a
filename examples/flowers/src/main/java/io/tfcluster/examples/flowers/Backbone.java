package io.tfcluster.examples.flowers;

import io.tfcluster.examples.common.ExampleException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.GraphImport;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TUint8;

/**
 * A pretrained network in a frozen graph, cut at its features: the last average over the picture. Its input must be float pictures of one
 * size with pixels from -1 to 1, as the MobileNets and Inceptions have it.
 *
 * @param fileName under which Spark carries the file to the executors
 * @param input name of its placeholder
 * @param features name of the tensor that is taken
 * @param size side of the pictures it takes
 * @param width number of features
 */
record Backbone(String fileName, String input, String features, int size, int width) implements Serializable {

    private static final Set<String> AVERAGES = Set.of("AvgPool", "Mean");
    private static final int USUAL_SIZE = 224;

    /** Reads what the file says of itself. */
    static Backbone inspect(Path file) {
        GraphDef def = read(file);
        List<NodeDef> placeholders = def.getNodeList().stream()
                .filter(node -> node.getOp().equals("Placeholder"))
                .toList();
        if (placeholders.size() != 1) {
            throw new ExampleException("--backbone " + file + " has " + placeholders.size()
                    + " placeholders; it must be a frozen graph with one, the pictures");
        }
        NodeDef placeholder = placeholders.get(0);
        String features = def.getNodeList().stream()
                .filter(node -> AVERAGES.contains(node.getOp()))
                .reduce((first, second) -> second)
                .map(NodeDef::getName)
                .orElseThrow(
                        () -> new ExampleException(
                                "--backbone " + file
                                        + " has no average (AvgPool or Mean) to take features from; it must be a network that classifies pictures"));
        int size = size(placeholder
                .getAttrOrDefault("shape", AttrValue.getDefaultInstance())
                .getShape());
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            Operand<TFloat32> pictures = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, size, size, 3)));
            Shape shape = GraphImport.into(
                            graph, def, "backbone", Map.of(placeholder.getName(), pictures.asOutput()), features)
                    .shape();
            long width = 1;
            for (int i = 1; i < shape.numDimensions(); i++) {
                width *= shape.get(i);
            }
            if (width < 1 || width > 100_000) {
                throw new ExampleException("--backbone " + file + " gives features of shape " + shape + " at "
                        + features + "; they must be one row of known length for each picture");
            }
            return new Backbone(file.getFileName().toString(), placeholder.getName(), features, size, (int) width);
        }
    }

    /**
     * Puts the network into a graph.
     *
     * @param pixels [rows, size, size, 3], 0 to 255
     * @return [rows, width]
     */
    Operand<TFloat32> features(Ops tf, Path file, Operand<TUint8> pixels) {
        Operand<TFloat32> centred = tf.math.sub(
                tf.math.mul(tf.dtypes.cast(pixels, TFloat32.class), tf.constant(1 / 127.5f)), tf.constant(1f));
        Output<?> output = GraphImport.into(
                (Graph) tf.scope().env(), read(file), "backbone", Map.of(input, centred.asOutput()), features);
        @SuppressWarnings("unchecked") // averages of a network over float pixels are floats
        Operand<TFloat32> floats = (Operand<TFloat32>) output;
        return tf.reshape(floats, tf.constant(new int[] {-1, width}));
    }

    private static int size(TensorShapeProto shape) {
        return shape.getDimCount() == 4 && shape.getDim(1).getSize() > 0
                ? Math.toIntExact(shape.getDim(1).getSize())
                : USUAL_SIZE;
    }

    private static GraphDef read(Path file) {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            return GraphDef.parseFrom(in);
        } catch (IOException e) {
            throw new ExampleException(
                    "--backbone " + file + " is no frozen graph (" + e.getMessage()
                            + "); give a GraphDef in binary form, .pb",
                    e);
        }
    }
}
