package io.tfcluster.training.layers;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.training.Expected;
import io.tfcluster.training.Initializer;
import io.tfcluster.training.ModelBuilder;
import io.tfcluster.training.TestLayer;
import io.tfcluster.training.TestModel;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** Losses against Keras'; each is built on a variable, so that one without a gradient is found. */
@Timeout(60)
class LossesTest {
    private static Operand<TFloat32> targets(ModelBuilder model) {
        return TestLayer.rows(model, Expected.fill(2, 12), 4, 3);
    }

    private static Operand<TInt64> classes(ModelBuilder model) {
        return model.tf().constant(new long[] {0, 2, 1, 1});
    }

    private static Operand<TInt64> answers(ModelBuilder model) {
        return model.tf()
                .dtypes
                .cast(model.tf().math.greater(targets(model), model.tf().constant(0f)), TInt64.class);
    }

    private static void check(String name, BiFunction<ModelBuilder, Operand<TFloat32>, Operand<TFloat32>> loss) {
        float[] found = TestLayer.run(true, Map.of("x", 1), model -> {
                    Operand<TFloat32> x = model.variable("x", Shape.of(4, 3), Initializer.zeros());
                    return loss.apply(model, model.tf().math.mul(x, model.tf().constant(4f)));
                })
                .get(TestLayer.RESULT);
        Expected.check("loss/" + name, found, 1e-6);
    }

    @Test
    void lossesAreThoseOfKerasAndHaveGradients() {
        check("softmax", (model, x) -> Losses.softmaxCrossEntropy(model, x, classes(model), 0));
        check("softmax_smooth", (model, x) -> Losses.softmaxCrossEntropy(model, x, classes(model), 0.1));
        check("sigmoid", (model, x) -> Losses.sigmoidCrossEntropy(model, x, answers(model), 0));
        check("sigmoid_smooth", (model, x) -> Losses.sigmoidCrossEntropy(model, x, answers(model), 0.1));
        check("mse", (model, x) -> Losses.meanSquaredError(model, x, targets(model)));
        check("mae", (model, x) -> Losses.meanAbsoluteError(model, x, targets(model)));
        check("huber", (model, x) -> Losses.huber(model, x, targets(model), 0.5));
        check("l1", (model, x) -> Losses.l1(model, 0.1, List.of(x)));
        check("l2", (model, x) -> Losses.l2(model, 0.1, List.of(x)));
    }

    @Test
    void columnsAndVectorsMayMeetButOtherShapesMayNot() {
        Expected.check(
                "loss/mse",
                TestModel.values(false, model -> {
                    Operand<TFloat32> x = TestLayer.rows(model, Expected.fill(1, 12), 12, 1);
                    Operand<TFloat32> y = TestLayer.rows(model, Expected.fill(2, 12), 12);
                    return Losses.meanSquaredError(
                            model, model.tf().math.mul(x, model.tf().constant(4f)), y);
                }),
                1e-6);

        assertThatThrownBy(() -> TestModel.values(
                        false,
                        model -> Losses.meanSquaredError(
                                model, targets(model), TestLayer.rows(model, Expected.fill(1, 4), 4, 1))))
                .hasMessageContaining("meanSquaredError needs two of the same shape, got [?, 3] and [?, 1]");
        assertThatThrownBy(
                        () -> TestModel.values(false, model -> Losses.huber(model, targets(model), targets(model), 0)))
                .hasMessageContaining("got 0.0");
        assertThatThrownBy(() -> TestModel.values(
                        false, model -> Losses.softmaxCrossEntropy(model, targets(model), classes(model), 1)))
                .hasMessageContaining("label smoothing must be 0 to below 1, got 1.0");
    }
}
