package io.tfcluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RestartBudgetTest {
    private static final long SECOND = 1_000_000_000;

    private static RestartPolicy policy(int most) {
        return RestartPolicy.NONE
                .restarts(most)
                .backoff(Duration.ofSeconds(1), Duration.ofSeconds(5))
                .within(Duration.ofSeconds(100));
    }

    @Test
    void pausesGrowToTheirLimitUntilNoneIsLeft() {
        RestartBudget budget = new RestartBudget(policy(5));

        assertThat(budget.take(0)).contains(Duration.ofSeconds(1));
        assertThat(budget.take(SECOND)).contains(Duration.ofSeconds(2));
        assertThat(budget.take(2 * SECOND)).contains(Duration.ofSeconds(4));
        assertThat(budget.take(3 * SECOND)).contains(Duration.ofSeconds(5));
        assertThat(budget.take(4 * SECOND)).contains(Duration.ofSeconds(5));
        assertThat(budget.take(5 * SECOND)).isEmpty();
    }

    @Test
    void restartsOutsideTheWindowDoNotCount() {
        RestartBudget budget = new RestartBudget(policy(1));

        assertThat(budget.take(0)).isPresent();
        assertThat(budget.take(100 * SECOND)).isEmpty();
        assertThat(budget.take(101 * SECOND)).contains(Duration.ofSeconds(1));
    }

    @Test
    void withoutRestartsThereIsNone() {
        assertThat(new RestartBudget(RestartPolicy.NONE).take(0)).isEmpty();
    }

    @Test
    void numbersThatMakeNoSenseAreNamed() {
        assertThatThrownBy(() -> policy(-1)).hasMessageContaining("maxRestarts must be 0 or more, got -1");
        assertThatThrownBy(() -> policy(1).backoff(Duration.ofSeconds(2), Duration.ofSeconds(1)))
                .hasMessageContaining("PT2S at first and PT1S at most");
        assertThatThrownBy(() -> policy(1).within(Duration.ZERO)).hasMessageContaining("restartWindow");
    }
}
