package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;

class InitializerTest {
    private static final Shape KERNEL = Shape.of(3, 3, 64, 128);
    private static final double FAN_IN = 9 * 64;
    private static final double FAN_OUT = 9 * 128;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "glorot_uniform",
                "glorot_normal",
                "he_uniform",
                "he_normal",
                "lecun_uniform",
                "lecun_normal",
                "random_uniform",
                "random_normal",
                "truncated_normal",
                "orthogonal"
            })
    void valuesDependOnSeedAndNameOnly(String kind) {
        Initializer initializer = Initializer.named(kind);
        Shape shape = Shape.of(2, 3, 4);
        float[] values = initializer.values(1, "a", shape);

        assertThat(values).hasSize(24);
        assertThat(initializer).isEqualTo(Initializer.named(kind));
        assertThat(initializer.values(1, "a", shape)).isEqualTo(values);
        assertThat(initializer.values(2, "a", shape)).isNotEqualTo(values);
        assertThat(initializer.values(1, "b", shape)).isNotEqualTo(values);
        assertThat(initializer.seeded(7).values(1, "a", shape))
                .isEqualTo(initializer.seeded(7).values(2, "a", shape))
                .isEqualTo(initializer.values(7, "a", shape));
    }

    /** Keras' variance scaling: scale over fan, whatever the distribution. */
    @ParameterizedTest
    @CsvSource({
        "glorot_uniform, 2, true",
        "glorot_normal, 2, true",
        "he_uniform, 2, false",
        "he_normal, 2, false",
        "lecun_uniform, 1, false",
        "lecun_normal, 1, false"
    })
    void deviationComesFromTheShape(String kind, double scale, boolean both) {
        float[] values = Initializer.named(kind).values(1, "a", KERNEL);

        double deviation = Math.sqrt(scale / (FAN_IN + (both ? FAN_OUT : 0)));
        assertThat(deviation(values)).isCloseTo(deviation, within(deviation / 100));
        assertThat(mean(values)).isCloseTo(0, within(deviation / 100));
        double limit = kind.endsWith("uniform") ? Math.sqrt(3) * deviation : 2 * deviation / 0.8796;
        assertThat(largest(values)).isLessThanOrEqualTo((float) limit * 1.0001f).isGreaterThan((float) limit * 0.99f);
    }

    @Test
    void numbersOfANameAreItsParametersInOrder() {
        assertThat(Initializer.named("constant", 2).values(1, "a", Shape.of(2))).containsExactly(2, 2);
        assertThat(Initializer.named("zeros").values(1, "a", Shape.of(2))).containsExactly(0, 0);
        assertThat(Initializer.named("ones").values(1, "a", Shape.scalar())).containsExactly(1);
        assertThat(Initializer.of(1, 2, 3, 4).values(1, "a", Shape.of(2, 2))).containsExactly(1, 2, 3, 4);
        float[] uniform = Initializer.named("random_uniform", 1, 3).values(1, "a", KERNEL);
        assertThat(mean(uniform)).isCloseTo(2, within(0.01));
        assertThat(largest(uniform)).isLessThan(3);
        float[] normal = Initializer.named("random_normal", 0.1).values(1, "a", KERNEL);
        assertThat(deviation(normal)).isCloseTo(0.1, within(0.001));
        assertThat(largest(normal)).isGreaterThan(0.35f);
        float[] cut = Initializer.named("truncated_normal", 0.1).values(1, "a", KERNEL);
        assertThat(deviation(cut)).isCloseTo(0.088, within(0.001));
        assertThat(largest(cut)).isLessThanOrEqualTo(0.2f);
    }

    @Test
    void orthogonalRowsOrColumnsHaveTheGainAsLengthAndNoPartInEachOther() {
        for (Shape shape : new Shape[] {Shape.of(3, 8), Shape.of(8, 3), Shape.of(2, 4, 5), Shape.of(6, 6)}) {
            int columns = (int) shape.get(shape.numDimensions() - 1);
            int rows = (int) shape.size() / columns;
            float[] values = Initializer.named("orthogonal", 2).values(5, "a", shape);
            int count = Math.min(rows, columns);
            for (int i = 0; i < count; i++) {
                for (int j = 0; j < count; j++) {
                    double product = 0;
                    for (int k = 0; k < Math.max(rows, columns); k++) {
                        product += rows < columns
                                ? values[i * columns + k] * values[j * columns + k]
                                : values[k * columns + i] * values[k * columns + j];
                    }
                    assertThat(product).isCloseTo(i == j ? 4 : 0, within(1e-5));
                }
            }
        }
    }

    @Test
    void mistakesAreToldWithTheirValues() {
        assertThatThrownBy(() -> Initializer.named("glorot"))
                .hasMessageContaining("no initializer \"glorot\"; there is constant, glorot_normal");
        assertThatThrownBy(() -> Initializer.named("random_uniform", 1))
                .hasMessageContaining("\"random_uniform\" takes 2 numbers or none, got 1");
        assertThatThrownBy(() -> Initializer.randomUniform(1, 1)).hasMessageContaining("got 1.0 and 1.0");
        assertThatThrownBy(() -> Initializer.randomNormal(-1)).hasMessageContaining("got -1.0");
        assertThatThrownBy(() -> Initializer.of(1, 2).values(1, "w", Shape.of(3)))
                .hasMessageContaining("variable \"w\" of shape [3] has 3 values but is given 2");
        assertThatThrownBy(() -> Initializer.orthogonal(1).values(1, "b", Shape.of(3)))
                .hasMessageContaining("variable \"b\" has [3]");
    }

    private static double mean(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    private static double deviation(float[] values) {
        double squares = 0;
        for (float value : values) {
            squares += (double) value * value;
        }
        return Math.sqrt(squares / values.length);
    }

    private static float largest(float[] values) {
        float largest = 0;
        for (float value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }
}
