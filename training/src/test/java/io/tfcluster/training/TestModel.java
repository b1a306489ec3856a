package io.tfcluster.training;

import java.util.HashMap;
import java.util.function.Function;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** Builds a piece of a model in a graph of its own and runs it, for tests of what models are made of. */
public final class TestModel {
    private TestModel() {}

    /** Returns the values of what {@code build} made, in row-major order; the model may have no variables. */
    public static float[] values(boolean training, Function<ModelBuilder, Operand<TFloat32>> build) {
        try (Graph graph = new Graph();
                Session session = new Session(graph)) {
            Ops tf = Ops.create(graph);
            ModelBuilder model =
                    new ModelBuilder(graph, tf, new HashMap<>(), new VariableStore(tf), training, 5, tf.constant(0L));
            Operand<TFloat32> built = build.apply(model);
            try (Result result = session.runner().fetch(built).run()) {
                return floats((TFloat32) result.get(0));
            }
        }
    }

    static float[] floats(TFloat32 tensor) {
        float[] values = new float[Math.toIntExact(tensor.size())];
        int[] at = {0};
        tensor.scalars().forEach(value -> values[at[0]++] = value.getFloat());
        return values;
    }
}
