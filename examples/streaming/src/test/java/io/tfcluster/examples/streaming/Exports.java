package io.tfcluster.examples.streaming;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BiConsumer;
import org.tensorflow.Graph;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.types.TFloat32;

/** Models that are quick to make and to check. */
final class Exports {
    private Exports() {}

    /** Exports version n of a model y = n · x, the way trainers do: aside, then moved into its place. */
    static void times(Path models, int version) throws IOException {
        GraphDef graph = graph((tf, x) -> tf.withName("y").math.mul(x, tf.constant((float) version)), Shape.of(-1));
        SignatureDef signature = SignatureDef.newBuilder()
                .setMethodName("tensorflow/serving/predict")
                .putInputs("x", info("x:0"))
                .putOutputs("y", info("y:0"))
                .build();
        SavedModel model = SavedModel.newBuilder()
                .setSavedModelSchemaVersion(1)
                .addMetaGraphs(MetaGraphDef.newBuilder()
                        .setMetaInfoDef(MetaGraphDef.MetaInfoDef.newBuilder().addTags("serve"))
                        .setGraphDef(graph)
                        .putSignatureDef("serving_default", signature))
                .build();
        Path aside = Files.createDirectories(models.resolveSibling("aside-" + version));
        Files.write(aside.resolve("saved_model.pb"), model.toByteArray());
        Files.move(aside, Files.createDirectories(models).resolve(Integer.toString(version)));
    }

    /** Writes a frozen graph of pictures [?, 4, 4, 3] to "scores", the mean of each channel. */
    static Path channels(Path file) throws IOException {
        GraphDef graph = graph(
                (tf, x) -> tf.withName("scores").math.mean(x, tf.constant(new int[] {1, 2})), Shape.of(-1, 4, 4, 3));
        return Files.write(file, graph.toByteArray());
    }

    private static GraphDef graph(BiConsumer<Ops, Placeholder<TFloat32>> build, Shape shape) {
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            build.accept(tf, tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(shape)));
            return graph.toGraphDef();
        }
    }

    private static TensorInfo info(String tensor) {
        return TensorInfo.newBuilder()
                .setName(tensor)
                .setDtypeValue(1)
                .setTensorShape(TensorShapeProto.newBuilder()
                        .addDim(TensorShapeProto.Dim.newBuilder().setSize(-1)))
                .build();
    }
}
