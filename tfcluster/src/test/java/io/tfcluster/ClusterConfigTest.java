package io.tfcluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.feeding.FeedConfig;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.reservation.Role;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class ClusterConfigTest {
    private static final FeedSchema SCHEMA =
            FeedSchema.builder().float32("x", 3).build();

    @Test
    void defaultsAreThoseOfTensorFlowOnSpark() {
        ClusterConfig config = ClusterConfig.builder(2).feed("train", SCHEMA).build();

        assertThat(config.reservationTimeout()).isEqualTo(Duration.ofMinutes(10));
        assertThat(config.feedTimeout()).isEqualTo(Duration.ofMinutes(10));
        assertThat(config.inputMode()).isEqualTo(InputMode.SPARK);
        assertThat(config.ps()).isZero();
        assertThat(config.stallWarning()).isEqualTo(Duration.ofMinutes(1));
        assertThat(config.stallLimit()).isZero();
    }

    @Test
    void theLimitOfAStallMayBeNoneButNotNegative() {
        ClusterConfig.Builder builder = ClusterConfig.builder(1).feed("train", SCHEMA);

        assertThat(builder.stallLimit(Duration.ofMinutes(5)).build().stallLimit())
                .isEqualTo(Duration.ofMinutes(5));
        assertThatThrownBy(() -> builder.stallLimit(Duration.ofSeconds(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("PT-1S");
        assertThatThrownBy(() -> builder.stallWarning(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("stallWarning must be positive");
    }

    @Test
    void rolesAreDealtOutInOrderPsChiefEvaluatorWorkers() {
        ClusterConfig config = ClusterConfig.builder(5)
                .ps(1)
                .chiefName("master")
                .evaluator(true)
                .inputMode(InputMode.TENSORFLOW)
                .build();

        assertThat(config.template().slots())
                .extracting(slot -> slot.role())
                .containsExactly(Role.PS, Role.CHIEF, Role.EVALUATOR, Role.WORKER, Role.WORKER);
        assertThat(config.template().name(1)).isEqualTo("master:0");
    }

    @Test
    void contradictionsAreNamedWithTheWayOut() {
        assertThatThrownBy(() ->
                        ClusterConfig.builder(4).ps(4).feed("train", SCHEMA).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("ps=4 leaves no worker among 4 executors");
        assertThatThrownBy(() -> ClusterConfig.builder(2).build()).hasMessageContaining("declare one with feed");
        assertThatThrownBy(() -> ClusterConfig.builder(2)
                        .inputMode(InputMode.TENSORFLOW)
                        .feed("train", SCHEMA)
                        .build())
                .hasMessageContaining("takes no feed");
        assertThatThrownBy(() -> ClusterConfig.builder(2)
                        .parameterServersOnDriver(true)
                        .feed("train", SCHEMA)
                        .build())
                .hasMessageContaining("ps=0");
        assertThatThrownBy(() -> ClusterConfig.builder(2)
                        .tensorboard(true)
                        .feed("train", SCHEMA)
                        .build())
                .hasMessageContaining("logDir");
        assertThatThrownBy(() -> ClusterConfig.builder(2)
                        .nodeMemory("lots")
                        .feed("train", SCHEMA)
                        .build())
                .hasMessageContaining("\"lots\"");
        assertThatThrownBy(() -> ClusterConfig.builder(2).reservationTimeout(Duration.ZERO))
                .hasMessageContaining("reservationTimeout must be positive");
        assertThatThrownBy(() -> ClusterConfig.builder(2)
                        .heartbeat(Duration.ofSeconds(10), Duration.ofSeconds(5))
                        .feed("train", SCHEMA)
                        .build())
                .hasMessageContaining("heartbeat limit");
    }

    @Test
    void ofTwoDeclarationsOfAFeedTheLastCounts() {
        FeedSchema schema = FeedSchema.builder().int64("id").build();
        FeedConfig mixed = FeedConfig.of(schema).shuffle(100, 1);

        assertThat(ClusterConfig.builder(1)
                        .feed("train", schema)
                        .feed("train", mixed)
                        .build()
                        .feeds())
                .containsEntry("train", mixed);
        assertThat(ClusterConfig.builder(1)
                        .feed("train", mixed)
                        .feed("train", schema)
                        .build()
                        .feeds()
                        .get("train")
                        .shuffleRows())
                .isZero();
    }
}
