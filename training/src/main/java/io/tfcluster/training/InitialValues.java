package io.tfcluster.training;

import java.nio.FloatBuffer;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tensorflow.TensorBytes;
import org.tensorflow.types.TFloat32;

/** The variables' first values, one after the other. */
final class InitialValues {
    private static final Logger log = LoggerFactory.getLogger(InitialValues.class);

    private InitialValues() {}

    static void write(TrainGraph graph, TrainerConfig config, TFloat32 vector) {
        Optional<WarmStartPlan> plan = config.warmStart().map(warm -> warm.plan(graph.variables()));
        plan.ifPresent(found -> log.info("{}", found));
        FloatBuffer floats = TensorBytes.of(vector).asFloatBuffer();
        for (VariableStore.Variable variable : graph.variables()) {
            Initializer initializer =
                    plan.map(found -> found.initializer(variable)).orElse(variable.initializer());
            float[] values = initializer.values(config.seed(), variable.name(), variable.shape());
            if (values.length != variable.size()) {
                throw new IllegalStateException("the initializer of variable \"" + variable.name() + "\" gave "
                        + values.length + " values for shape " + Shapes.text(variable.shape()));
            }
            floats.put(values);
        }
    }
}
