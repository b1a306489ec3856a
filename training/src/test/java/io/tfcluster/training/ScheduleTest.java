package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;

class ScheduleTest {
    private static void check(Schedule schedule, long step, double expected) {
        assertThat((double) schedule.at(step)).isCloseTo(expected, within(1e-7));
    }

    @Test
    void ratesAreThoseOfTheFormulas() {
        check(Schedule.constant(0.1), 1000, 0.1);
        check(Schedule.exponentialDecay(0.1, 0.5, 10), 0, 0.1);
        check(Schedule.exponentialDecay(0.1, 0.5, 10), 20, 0.025);
        check(Schedule.cosine(0.2, 100), 0, 0.2);
        check(Schedule.cosine(0.2, 100), 50, 0.1);
        check(Schedule.cosine(0.2, 100), 200, 0);
        Schedule piecewise = Schedule.piecewise(List.of(10L, 20L), List.of(0.3, 0.2, 0.1));
        check(piecewise, 10, 0.3);
        check(piecewise, 11, 0.2);
        check(piecewise, 21, 0.1);
        Schedule warm = Schedule.warmUp(4, Schedule.cosine(0.2, 100));
        check(warm, 0, 0.05);
        check(warm, 3, 0.2);
        check(warm, 4, 0.2);
        check(warm, 54, 0.1);
    }

    @Test
    void contradictionsAreRefusedWithTheirValues() {
        assertThatThrownBy(() -> Schedule.constant(-1)).hasMessageContaining("-1.0");
        assertThatThrownBy(() -> Schedule.constant(Double.NaN)).hasMessageContaining("NaN");
        assertThatThrownBy(() -> Schedule.cosine(1, 0)).hasMessageContaining("got 0");
        assertThatThrownBy(() -> Schedule.piecewise(List.of(1L), List.of(1.0)))
                .hasMessageContaining("1 rates for 1 boundaries");
        assertThatThrownBy(() -> Schedule.piecewise(List.of(2L, 1L), List.of(1.0, 1.0, 1.0)))
                .hasMessageContaining("[2, 1]");
        assertThatThrownBy(() -> new Optimizer.Momentum(Schedule.constant(1), 1, false))
                .hasMessageContaining("1.0");
    }

    @Test
    void configTravelsByJavaSerialization() throws Exception {
        TrainerConfig config = TrainerConfig.builder(
                        Optimizer.adam(Schedule.warmUp(2, Schedule.piecewise(List.of(5L), List.of(1.0, 0.5)))))
                .batchSize(7)
                .build();

        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(config);
        }
        TrainerConfig copy =
                (TrainerConfig) new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();

        assertThat(copy.batchSize()).isEqualTo(7);
        assertThat(copy.optimizer().schedule().at(0)).isEqualTo(0.5f);
    }

    @Test
    void initialValuesDependOnSeedAndNameOnlyAndHaveTheAskedDeviation() {
        Shape shape = Shape.of(3, 3, 64, 128);
        float[] values = Initializer.heNormal().values(1, "a", shape);

        assertThat(Initializer.heNormal().values(1, "a", shape)).isEqualTo(values);
        assertThat(Initializer.heNormal().values(2, "a", shape)).isNotEqualTo(values);
        assertThat(Initializer.heNormal().values(1, "b", shape)).isNotEqualTo(values);
        assertThat(deviation(values)).isCloseTo(Math.sqrt(2.0 / (9 * 64)), within(0.0005));
        float[] glorot = Initializer.glorotUniform().values(1, "a", shape);
        double limit = Math.sqrt(6.0 / (9 * 64 + 9 * 128));
        assertThat(deviation(glorot)).isCloseTo(limit / Math.sqrt(3), within(0.0005));
        assertThat(Initializer.constant(2).values(1, "a", Shape.of(2))).containsExactly(2, 2);
        assertThat(deviation(Initializer.truncatedNormal(0.1f).values(1, "a", shape)))
                .isCloseTo(0.088, within(0.001));
    }

    private static double deviation(float[] values) {
        double squares = 0;
        for (float value : values) {
            squares += (double) value * value;
        }
        return Math.sqrt(squares / values.length);
    }
}
