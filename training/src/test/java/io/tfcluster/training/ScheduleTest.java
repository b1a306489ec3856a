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
    void ratesAreThoseOfKeras() {
        check("exponential", Schedule.exponentialDecay(0.1, 0.5, 10));
        check("staircase", Schedule.staircase(0.1, 0.5, 10));
        check("cosine", Schedule.cosine(0.2, 30, 0.1));
        check("warm_cosine", Schedule.warmUp(8, 0.05, Schedule.cosine(0.2, 30, 0.1)));
        check("piecewise", Schedule.piecewise(List.of(10L, 20L), List.of(0.3, 0.2, 0.1)));
        check("polynomial", Schedule.polynomial(0.1, 0.01, 30, 2));
        check("linear", Schedule.linear(0.1, 0.01, 30));
    }

    /** The steps are those of expected.py. */
    private static void check(String name, Schedule schedule) {
        long[] steps = {0, 1, 5, 8, 10, 11, 15, 20, 21, 30, 38, 40, 100};
        float[] rates = new float[steps.length];
        for (int i = 0; i < steps.length; i++) {
            rates[i] = schedule.at(steps[i]);
        }
        Expected.check("schedule/" + name, rates, 1e-7);
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
        assertThatThrownBy(() -> Schedule.cosine(1, 5, 2)).hasMessageContaining("got 2.0");
        assertThatThrownBy(() -> Schedule.polynomial(1, -1, 5, 1)).hasMessageContaining("got -1.0");
        assertThatThrownBy(() -> Schedule.polynomial(1, 0, 5, 0)).hasMessageContaining("power");
        assertThatThrownBy(() -> Schedule.exponentialDecay(1, 0, 5)).hasMessageContaining("factor");
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
}
