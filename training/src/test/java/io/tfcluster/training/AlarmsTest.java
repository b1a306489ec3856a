package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AlarmsTest {
    @Test
    void everyMultipleThatWasPassedCountsOnceAlsoAfterAResume() {
        List<Long> fired = new ArrayList<>();
        long[] now = new long[1];
        Alarms alarms = new Alarms();
        alarms.add(Trigger.steps(5), () -> fired.add(now[0]));

        for (long step : new long[] {12, 13, 16, 17, 20, 21, 29, 31}) { // others did the steps between
            now[0] = step;
            alarms.afterStep(step, 0);
        }

        assertThat(fired).containsExactly(16L, 20L, 29L, 31L);
    }
}
