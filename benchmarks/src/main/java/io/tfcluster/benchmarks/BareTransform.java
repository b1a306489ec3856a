package io.tfcluster.benchmarks;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.tensorflow.Graph;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.types.TFloat32;

/** What TensorFlow alone does: one tensor through a graph again and again, in a task of the executor. */
record BareTransform(String graph, String input, String output, int batch, int batches, int threads)
        implements Serializable {
    private static final int SIDE = 224;

    /** Returns the seconds of all batches, after one to warm up. */
    double seconds(int unused) {
        ConfigProto config = ConfigProto.newBuilder()
                .setIntraOpParallelismThreads(threads)
                .setInterOpParallelismThreads(threads)
                .build();
        float[] pixels = new float[batch * SIDE * SIDE * 3];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (i * 31 % 255) / 127.5f - 1;
        }
        try (Graph imported = new Graph()) {
            imported.importGraphDef(GraphDef.parseFrom(Files.readAllBytes(Path.of(graph))));
            try (Session session = new Session(imported, config);
                    TFloat32 tensor = TFloat32.tensorOf(Shape.of(batch, SIDE, SIDE, 3), DataBuffers.of(pixels))) {
                run(session, tensor);
                long start = System.nanoTime();
                for (int i = 0; i < batches; i++) {
                    run(session, tensor);
                }
                return (System.nanoTime() - start) / 1e9;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + graph + ": " + e, e);
        }
    }

    private void run(Session session, TFloat32 tensor) {
        try (Result result = session.runner().feed(input, tensor).fetch(output).run()) {
            if (result.get(0).shape().get(0) != batch) {
                throw new IllegalStateException(
                        "the graph gave " + result.get(0).shape());
            }
        }
    }
}
