package io.tfcluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.feeding.FeedException;
import io.tfcluster.feeding.FeedOptions;
import io.tfcluster.feeding.FeedPartition;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.feeding.FeedServer;
import io.tfcluster.feeding.FeedServerConfig;
import io.tfcluster.feeding.FeedTarget;
import io.tfcluster.feeding.PartitionFeeder;
import io.tfcluster.reservation.ClusterTemplate;
import io.tfcluster.reservation.NodeId;
import io.tfcluster.reservation.ReservationClient;
import io.tfcluster.reservation.ReservationServer;
import io.tfcluster.training.ring.RingListener;
import io.tfcluster.transport.ChannelException;
import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.PortRange;
import io.tfcluster.transport.SecureChannel;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who belongs to an earlier generation is a stranger to the next one, on each of its channels. */
@Timeout(60)
class FencingTest {
    private static final String HOST = "127.0.0.1";
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final FeedSchema SCHEMA = FeedSchema.builder().int64("id").build();

    private final Blueprint blueprint = blueprint();

    @SuppressWarnings("NullAway") // what only Spark needs
    private static Blueprint blueprint() {
        return new Blueprint(null, null, "c", ClusterSecret.random(), null, false, null);
    }

    private ClusterSecret old() {
        return blueprint.secret(0);
    }

    private ClusterSecret now() {
        return blueprint.secret(1);
    }

    @Test
    void aNodeOfTheGenerationBeforeIsRefusedByTheDriver() {
        try (ReservationServer server = ReservationServer.builder(
                        ClusterTemplate.of(1, 0, false, Optional.empty()), now())
                .clusterId("c")
                .generation(1)
                .start()) {
            assertThatThrownBy(() -> connect(server, old(), 0)).isInstanceOf(ChannelException.class);
            assertThatThrownBy(() -> connect(server, old(), 1)).isInstanceOf(ChannelException.class);
            assertThat(server.rejected()).isEqualTo(2);
            assertThat(server.nodes()).isEmpty();

            connect(server, now(), 1).close();
        }
    }

    private static ReservationClient connect(ReservationServer server, ClusterSecret secret, int generation) {
        return ReservationClient.connect(
                server.address(), secret, "c", generation, new NodeId(0, 0), Optional.empty(), LIMIT);
    }

    @Test
    void aFeederOfTheGenerationBeforeIsRefusedByTheNodes() {
        try (FeedServer server = FeedServer.start(FeedServerConfig.builder("worker:0", now())
                .feed("train", SCHEMA)
                .tcp(HOST, PortRange.ANY)
                .build())) {
            FeedTarget target = FeedTarget.of("worker:0", server.endpoints());

            assertThatThrownBy(() -> PartitionFeeder.feed(
                            new FeedPartition("train", 0, 0, 1),
                            List.of(1L).iterator(),
                            SCHEMA,
                            (id, out) -> out.putLong(id),
                            List.of(target),
                            old(),
                            FeedOptions.DEFAULTS))
                    .isInstanceOf(FeedException.class);
            assertThat(server.rejected()).isPositive();
            assertThat(server.reader("train").stats().bytes()).isZero();
        }
    }

    @Test
    void aPeerOfTheGenerationBeforeIsRefusedByTheRing() {
        try (RingListener ring = RingListener.open(HOST, PortRange.ANY, now())) {
            InetSocketAddress address = new InetSocketAddress(HOST, ring.port());

            assertThatThrownBy(() -> SecureChannel.connect(address, old(), "ring", LIMIT))
                    .isInstanceOf(ChannelException.class);
            SecureChannel.connect(address, now(), "ring", LIMIT).close();
        }
    }

    @Test
    void generationsHaveSecretsOfTheirOwn() {
        assertThat(old()).isNotEqualTo(now()).isNotEqualTo(blueprint.secret());
        assertThat(blueprint.secret(1)).isEqualTo(now());
    }
}
