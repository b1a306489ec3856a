package io.tfcluster.training;

import java.nio.FloatBuffer;
import org.tensorflow.TensorBytes;
import org.tensorflow.types.TFloat32;

/** The variables' first values, one after the other. */
final class InitialValues {
    private InitialValues() {}

    static void write(TrainGraph graph, long seed, TFloat32 vector) {
        FloatBuffer floats = TensorBytes.of(vector).asFloatBuffer();
        for (VariableStore.Variable variable : graph.variables()) {
            float[] values = variable.initializer().values(seed, variable.name(), variable.shape());
            if (values.length != variable.size()) {
                throw new IllegalStateException("the initializer of variable \"" + variable.name() + "\" gave "
                        + values.length + " values for shape " + Shapes.text(variable.shape()));
            }
            floats.put(values);
        }
    }
}
