package io.tfcluster.training;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** One call of the model function, checked. */
record ModelBuild(ModelSpec spec, Map<String, Output<TFloat32>> reads, Map<String, Operand<TFloat32>> updates) {
    static ModelBuild of(
            ModelFunction function,
            Graph graph,
            Ops tf,
            Map<String, Operand<?>> inputs,
            VariableStore variables,
            boolean training,
            long seed,
            Operand<TInt64> step,
            @Nullable String weights) {
        return of(
                function,
                new ModelBuilder(graph, tf, inputs, variables, training, seed, step),
                ModelInputs.of(inputs),
                weights);
    }

    /**
     * Calls the function.
     *
     * @param weights the input that holds the rows' weights, null if they have none
     */
    static ModelBuild of(ModelFunction function, ModelBuilder builder, ModelInputs inputs, @Nullable String weights) {
        ModelSpec spec;
        try {
            spec = function.build(builder);
        } catch (RuntimeException e) {
            if (TensorFlowErrors.isFrom(e)) {
                throw new IllegalArgumentException(
                        "the model function does not fit its inputs (" + inputs.table() + "): " + e.getMessage(), e);
            }
            throw e;
        }
        if (spec == null) {
            throw new IllegalArgumentException("the model function returned null; return ModelSpec.builder()….build()");
        }
        spec = RowLoss.joined(spec, builder, weights);
        spec.loss().ifPresent(loss -> checkScalar("the loss", loss));
        spec.metrics().forEach((name, metric) -> metric.check(name));
        spec.predictions().forEach(ModelBuild::checkRows);
        return new ModelBuild(spec, builder.reads(), builder.updates());
    }

    /** Makes a placeholder for each input. */
    static Map<String, Operand<?>> placeholders(Ops tf, Collection<InputSpec> specs) {
        Map<String, Operand<?>> inputs = new LinkedHashMap<>();
        for (InputSpec spec : specs) {
            if (inputs.putIfAbsent(
                            spec.name(),
                            tf.withName(spec.name()).placeholder(spec.type(), Placeholder.shape(spec.batchShape())))
                    != null) {
                throw new IllegalArgumentException("input \"" + spec.name() + "\" is given twice");
            }
        }
        return inputs;
    }

    static void checkScalar(String what, Operand<TFloat32> operand) {
        Shape shape = operand.shape();
        if (!shape.isUnknown() && shape.numDimensions() != 0) {
            throw new IllegalArgumentException(
                    what + " must be a scalar, the mean over the rows of the batch, but has shape " + Shapes.text(shape)
                            + "; reduce it with Layers.mean");
        }
    }

    private static void checkRows(String name, Operand<?> operand) {
        Shape shape = operand.shape();
        if (!shape.isUnknown() && (shape.numDimensions() == 0 || shape.get(0) != Shape.UNKNOWN_SIZE)) {
            throw new IllegalArgumentException("prediction \"" + name
                    + "\" must have one entry per row, shape [rows, …], but has shape " + Shapes.text(shape));
        }
    }
}
