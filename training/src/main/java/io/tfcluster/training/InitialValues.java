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
        Optional<WarmStartPlan> plan = config.warmStart().map(warm -> warm.plan(graph.wholes()));
        plan.ifPresent(found -> log.info("{}", found));
        FloatBuffer floats = TensorBytes.of(vector).asFloatBuffer();
        for (VariableStore.Variable variable : graph.variables()) {
            if (variable.offset() > 0) {
                continue; // a part: the whole was written at its first
            }
            VariableStore.Whole whole = variable.whole();
            float[] values = plan.map(found -> found.initializer(whole))
                    .orElse(whole.initializer())
                    .values(config.seed(), whole.name(), whole.shape());
            if (values.length != whole.size()) {
                throw new IllegalStateException("the initializer of variable \"" + whole.name() + "\" gave "
                        + values.length + " values for shape " + Shapes.text(whole.shape()));
            }
            floats.put(values);
        }
    }
}
