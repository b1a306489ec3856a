package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tfcluster.training.layers.Layers;
import io.tfcluster.training.ring.Ring;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;

/** The loss is mean(x · w) over rows whose x are all 1 and 2, so the gradient is (1, 2) at every step. */
@Timeout(60)
class OptimizerTest {
    private static final Rows ROWS = new Rows(new float[][] {{1, 2}, {1, 2}}, new long[] {0, 0});

    private static ModelSpec model(ModelBuilder model) {
        Operand<TFloat32> w = model.variable("w", Shape.of(2, 1), Initializer.constant(0.5f));
        Operand<TFloat32> y = model.tf().linalg.matMul(model.input("x", TFloat32.class), w);
        return ModelSpec.builder().loss(Layers.mean(model, y)).build();
    }

    private static void afterTwoSteps(Optimizer optimizer, double first, double second) {
        try (Trainer trainer = Trainer.allReduce(
                OptimizerTest::model,
                ROWS.specs(),
                Models.config(optimizer).build(),
                Ring.single(),
                TrainingListener.none())) {
            trainer.fit(ROWS.source(0, 0, 2, 2));
            float[] w = Models.variables(trainer);
            assertThat((double) w[0]).isCloseTo(first, within(1e-6));
            assertThat((double) w[1]).isCloseTo(second, within(1e-6));
        }
    }

    @Test
    void gradientDescentFollowsTheSchedule() {
        Schedule schedule = step -> step == 0 ? 0.1f : 0.01f;

        afterTwoSteps(Optimizer.sgd(schedule), 0.5 - 0.1 - 0.01, 0.5 - 0.2 - 0.02);
    }

    @Test
    void momentumGathersGradients() {
        double gathered = 1 + (0.9 * 1 + 1);

        afterTwoSteps(Optimizer.momentum(0.1, 0.9), 0.5 - 0.1 * gathered, 0.5 - 0.1 * 2 * gathered);
    }

    @Test
    void nesterovLooksAhead() {
        double first = 1 + 0.9 * 1;
        double second = 1 + 0.9 * 1.9;

        afterTwoSteps(
                new Optimizer.Momentum(Schedule.constant(0.1), 0.9f, true),
                0.5 - 0.1 * (first + second),
                0.5 - 0.1 * 2 * (first + second));
    }

    @Test
    void adamCorrectsItsBias() {
        afterTwoSteps(Optimizer.adam(0.1), adam(1), adam(2));
    }

    private static double adam(double gradient) {
        double w = 0.5;
        double m = 0;
        double v = 0;
        for (int t = 1; t <= 2; t++) {
            m = 0.9 * m + 0.1 * gradient;
            v = 0.999 * v + 0.001 * gradient * gradient;
            double rate = 0.1 * Math.sqrt(1 - Math.pow(0.999, t)) / (1 - Math.pow(0.9, t));
            w -= rate * m / (Math.sqrt(v) + 1e-8);
        }
        return w;
    }
}
