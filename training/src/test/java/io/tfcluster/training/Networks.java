package io.tfcluster.training;

import io.tfcluster.training.layers.Layers;
import io.tfcluster.training.layers.Losses;
import io.tfcluster.training.layers.Window;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.nn.FusedBatchNorm;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * Small networks of every kind, for tests that compare ways to train them. Rows are {@code Rows.classes(count, FEATURES, seed)}.
 *
 * <p>All is smooth, without ReLU or largest values: where two ways round differently, a kink would make much of it.
 */
final class Networks {
    static final int FEATURES = 16;
    private static final int CLASSES = 3;

    private Networks() {}

    /** One of each optimizer, with rates that change, clipping and decay among them. */
    static List<Optimizer> optimizers() {
        Schedule schedule = Schedule.warmUp(10, Schedule.cosine(0.1, 40));
        return List.of(
                Optimizer.sgd(0.2),
                Optimizer.momentum(schedule, 0.9),
                Optimizer.nesterov(schedule, 0.9),
                Optimizer.adagrad(0.05),
                Optimizer.rmsProp(0.002),
                new Optimizer.RMSProp(Schedule.constant(0.002), 0.9f, 0.5f, 1e-3f, true),
                Optimizer.adam(0.005),
                Optimizer.adamW(
                        Schedule.constant(0.005), WeightDecay.decoupled(0.1).exceptBiasesAndNorms()),
                new Optimizer.Ftrl(Schedule.constant(0.05), -0.5f, 0.1f, 1e-3f, 1e-3f, 1e-3f),
                Optimizer.momentum(0.05, 0.9)
                        .withWeightDecay(WeightDecay.l2(0.01))
                        .withClipping(Clipping.byGlobalNorm(0.5)));
    }

    /**
     * All networks side by side, each with variables of its own; the loss is the sum of theirs.
     *
     * @param parts rows of the workers that this one process stands for: batch normalisation takes each part by itself; none if it is a
     *     worker
     */
    static ModelFunction all(int... parts) {
        return model -> {
            Operand<TFloat32> loss = Models.mlp(model).loss().orElseThrow();
            for (ModelSpec spec : List.of(cnn(model), normalisedCnn(model, parts), embedding(model))) {
                loss = model.tf().math.add(loss, spec.loss().orElseThrow());
            }
            return ModelSpec.builder().loss(loss).build();
        };
    }

    static ModelSpec cnn(ModelBuilder model) {
        Operand<TFloat32> x = model.tf().math.tanh(Layers.conv2d(model, "cnn/conv", pictures(model), 4, 3, 1));
        x = Layers.averagePool(model, x, Window.of(2).stride(2));
        return spec(model, Layers.dense(model, "cnn/out", Layers.flatten(model, x), CLASSES));
    }

    /** With batch normalisation of pictures and of vectors. */
    static ModelSpec normalisedCnn(ModelBuilder model, int... parts) {
        Operand<TFloat32> x = Layers.conv2d(
                model, "norm/conv", pictures(model), 4, Window.of(3).valid(), false, Initializer.heNormal());
        x = model.tf().math.tanh(norm(model, "norm/pictures", x, parts));
        Operand<TFloat32> hidden = Layers.dense(model, "norm/hidden", Layers.flatten(model, x), 6);
        return spec(model, Layers.dense(model, "norm/out", model.tf().math.tanh(hidden), CLASSES));
    }

    /** Features as numbers of words, their vectors' mean, and a term that decays the table. */
    static ModelSpec embedding(ModelBuilder model) {
        Ops tf = model.tf();
        Operand<TFloat32> scaled = tf.math.mul(
                tf.math.add(model.input("x", TFloat32.class), tf.constant(0.5f)), tf.constant(5f)); // 0 to below 10
        Operand<TFloat32> vectors = Layers.embedding(
                model, "words", tf.dtypes.cast(scaled, TInt64.class), 10, 4, Initializer.randomNormal(0.5));
        Operand<TFloat32> table = model.variable("words/embeddings", Shape.of(10, 4), Initializer.zeros());
        Operand<TFloat32> logits = Layers.dense(model, "words/out", tf.math.mean(vectors, tf.constant(1)), CLASSES);
        Operand<TFloat32> loss = spec(model, logits).loss().orElseThrow();
        return ModelSpec.builder()
                .loss(tf.math.add(loss, Losses.l2(model, 0.05, List.of(table))))
                .build();
    }

    private static Operand<TFloat32> pictures(ModelBuilder model) {
        return model.tf().reshape(model.input("x", TFloat32.class), model.tf().constant(new int[] {-1, 4, 4, 1}));
    }

    private static ModelSpec spec(ModelBuilder model, Operand<TFloat32> logits) {
        return ModelSpec.builder()
                .loss(Losses.softmaxCrossEntropy(model, logits, model.input("label", TInt64.class), 0))
                .build();
    }

    /** Batch normalisation of each part by itself, moving values weighted by rows: what workers with these rows do together. */
    private static Operand<TFloat32> norm(ModelBuilder model, String name, Operand<TFloat32> x, int... parts) {
        if (parts.length == 0 || !model.training()) {
            return Layers.batchNorm(model, name, x, 0.9, 1e-3);
        }
        Ops tf = model.tf();
        Shape shape = Shape.of(x.shape().get(3));
        Operand<TFloat32> gamma = model.variable(name + "/gamma", shape, Initializer.ones());
        Operand<TFloat32> beta = model.variable(name + "/beta", shape, Initializer.zeros());
        Operand<TFloat32> mean =
                tf.math.mul(model.state(name + "/moving_mean", shape, Initializer.zeros()), tf.constant(0.9f));
        Operand<TFloat32> variance =
                tf.math.mul(model.state(name + "/moving_variance", shape, Initializer.ones()), tf.constant(0.9f));
        Operand<TFloat32> none = tf.constant(new float[0]);
        List<Operand<TFloat32>> normalised = new ArrayList<>();
        int from = 0;
        int all = Arrays.stream(parts).sum();
        for (int rows : parts) {
            FusedBatchNorm<TFloat32, TFloat32> part = tf.nn.fusedBatchNorm(
                    tf.slice(x, tf.constant(new int[] {from, 0, 0, 0}), tf.constant(new int[] {rows, -1, -1, -1})),
                    gamma,
                    beta,
                    none,
                    none,
                    FusedBatchNorm.epsilon(1e-3f),
                    FusedBatchNorm.isTraining(true));
            normalised.add(part.y());
            float share = 0.1f * rows / all;
            float count = (float) rows * x.shape().get(1) * x.shape().get(2);
            mean = tf.math.add(mean, tf.math.mul(part.batchMean(), tf.constant(share)));
            variance =
                    tf.math.add(variance, tf.math.mul(part.batchVariance(), tf.constant(share * (count - 1) / count)));
            from += rows;
        }
        model.updateState(name + "/moving_mean", mean);
        model.updateState(name + "/moving_variance", variance);
        return tf.concat(normalised, tf.constant(0));
    }
}
