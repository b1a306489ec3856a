package io.tfcluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfcluster.reservation.ClusterTemplate;
import io.tfcluster.reservation.NodeInfo;
import io.tfcluster.reservation.Role;
import io.tfcluster.reservation.TaskSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class ClusterEventsTest {
    private final ClusterTemplate template = ClusterTemplate.of(1, 0, false, Optional.empty());
    private final ClusterEvents events =
            new ClusterEvents(template, new NodeStates(template, Duration.ofSeconds(1)), List.of(), failure -> {});

    private void join() {
        events.joined(0, new NodeInfo(new TaskSpec(Role.WORKER, 0, "127.0.0.1", 7), 100, "executor-3", Map.of()));
    }

    @Test
    void whatSparkSaysOfTheExecutorIsToldThoughItComesLate() {
        join();
        events.lost(0, "the control connection closed without a farewell");
        CompletableFuture.delayedExecutor(3, TimeUnit.SECONDS)
                .execute(() -> events.executors()
                        .onExecutorRemoved(new SparkListenerExecutorRemoved(1, "executor-3", "exited with code 137")));

        assertThat(events.failure(Duration.ZERO))
                .hasValueSatisfying(error -> assertThat(error)
                        .hasMessageContaining("it went with its executor")
                        .hasMessageContaining("137"));
    }

    @Test
    void withoutAWordOfSparksTheFailureIsToldAllTheSame() {
        join();
        events.lost(0, "the control connection closed without a farewell");

        assertThat(events.failure(Duration.ZERO))
                .hasValueSatisfying(error -> assertThat(error).hasMessageContaining("without a farewell"));
    }
}
