package io.tfcluster.training;

import java.io.Serializable;

/**
 * The user's model: named inputs in, loss, predictions and metrics out.
 *
 * <p>A trainer calls it twice for one graph, first with {@link ModelBuilder#training()} true, then false (evaluation, prediction,
 * export); both builds share their variables by name. It runs wherever the trainer is made, so it must serialize and keep no state.
 *
 * <pre>{@code
 * ModelFunction linear = model -> {
 *     Operand<TFloat32> x = model.input("x", TFloat32.class);                      // [rows, 3]
 *     Operand<TFloat32> y = Layers.dense(model, "out", x, 1);                      // [rows, 1]
 *     Operand<TFloat32> error = model.tf().math.squaredDifference(y, model.input("y", TFloat32.class));
 *     return ModelSpec.builder().loss(Layers.mean(model, error)).prediction("y", y).build();
 * };
 * }</pre>
 */
@FunctionalInterface
public interface ModelFunction extends Serializable {
    /**
     * Builds the model's operations.
     *
     * @return what the trainer minimises, reports and predicts
     */
    ModelSpec build(ModelBuilder model);
}
