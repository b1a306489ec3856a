package io.tfcluster.estimator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.tensorflow.Graph;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.dtypes.Cast;
import org.tensorflow.op.io.FifoQueue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TType;

/** Small frozen graphs, written to files. */
final class TestGraphs {
    private TestGraphs() {}

    static Path write(Path file, Consumer<Ops> build) {
        try (Graph graph = new Graph()) {
            build.accept(Ops.create(graph));
            Files.write(file, graph.toGraphDef().toByteArray());
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static <T extends TType> Placeholder<T> in(Ops tf, String name, Class<T> type, long... shape) {
        return tf.withName(name).placeholder(type, Placeholder.shape(Shape.of(shape)));
    }

    /** x: float32 [?, n] to "sum" [?], "twice" [?, n] and "scores". */
    static Path sums(Path file, int n) {
        return write(file, tf -> {
            Placeholder<TFloat32> x = in(tf, "x", TFloat32.class, -1, n);
            tf.withName("sum").sum(x, tf.constant(1));
            tf.withName("twice").math.mul(x, tf.constant(2f));
            tf.withName("scores").nn.softmax(x);
            tf.withName("total").sum(x, tf.constant(new int[] {0, 1}));
            tf.withName("half_rows")
                    .stridedSlice(
                            x, tf.constant(new int[] {0}), tf.constant(new int[] {1}), tf.constant(new int[] {1}));
        });
    }

    /** Writes a SavedModel without variables, whose inputs and outputs are the graph's tensors of these names. */
    static void savedModel(Path folder, GraphDef graph, Map<String, String> inputs, Map<String, String> outputs) {
        SignatureDef.Builder signature = SignatureDef.newBuilder().setMethodName("tensorflow/serving/predict");
        try (Graph imported = new Graph()) {
            imported.importGraphDef(graph);
            inputs.forEach((name, tensor) -> signature.putInputs(name, info(imported, tensor)));
            outputs.forEach((name, tensor) -> signature.putOutputs(name, info(imported, tensor)));
        }
        SavedModel model = SavedModel.newBuilder()
                .setSavedModelSchemaVersion(1)
                .addMetaGraphs(MetaGraphDef.newBuilder()
                        .setMetaInfoDef(MetaGraphDef.MetaInfoDef.newBuilder().addTags("serve"))
                        .setGraphDef(graph)
                        .putSignatureDef("serving_default", signature.build()))
                .build();
        try {
            Files.write(folder.resolve("saved_model.pb"), model.toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static TensorInfo info(Graph graph, String tensor) {
        Output<?> output = graph.operation(tensor.replace(":0", "")).output(0);
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long size : output.shape().asArray()) {
            shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
        }
        return TensorInfo.newBuilder()
                .setName(tensor)
                .setDtypeValue(output.dataType().getNumber())
                .setTensorShape(shape)
                .build();
    }

    /** x: float32 [?, 3] to "never": it waits for a value that nobody gives. */
    static Path waiting(Path file) {
        return write(file, tf -> {
            Placeholder<TFloat32> x = in(tf, "x", TFloat32.class, -1, 3);
            FifoQueue queue = tf.io.fifoQueue(List.of(TFloat32.class), FifoQueue.shapes(Shape.of(3)));
            Output<?> given = tf.io.queueDequeue(queue, List.of(TFloat32.class))
                    .components()
                    .get(0);
            tf.withName("never").math.add(x, given.expect(TFloat32.class));
        });
    }

    /** An identity for each type. */
    static Path types(Path file) {
        return write(file, tf -> {
            tf.withName("out_float").identity(in(tf, "float", TFloat32.class, -1));
            tf.withName("out_double").identity(in(tf, "double", TFloat64.class, -1, -1));
            tf.withName("out_int").identity(in(tf, "int", TInt32.class, -1));
            tf.withName("out_long").identity(in(tf, "long", TInt64.class, -1, 2, 2));
            tf.withName("out_bool").identity(in(tf, "bool", TBool.class, -1));
            tf.withName("out_string").identity(in(tf, "string", TString.class, -1));
            tf.withName("out_bytes").identity(in(tf, "bytes", TString.class, -1));
            tf.withName("out_strings").identity(in(tf, "strings", TString.class, -1, 2));
            tf.withName("out_uint8").identity(in(tf, "uint8", TUint8.class, -1, 3));
            tf.withName("out_half")
                    .identity(tf.dtypes.cast(
                            in(tf, "half", org.tensorflow.types.TFloat16.class, -1),
                            org.tensorflow.types.TBfloat16.class,
                            new Cast.Options[0]));
        });
    }
}
