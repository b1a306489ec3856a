package io.tfcluster.reservation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tfcluster.transport.ChannelException;
import io.tfcluster.transport.ClusterSecret;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DriverSilenceTest {
    private final ClusterSecret secret = ClusterSecret.random();

    private ReservationServer server(Duration heartbeatLimit) {
        return ReservationServer.builder(ClusterTemplate.of(1, 0, false, Optional.empty()), secret)
                .clusterId("c")
                .heartbeatLimit(heartbeatLimit)
                .start();
    }

    private ReservationClient join(ReservationServer server) {
        ReservationClient client = ReservationClient.connect(
                server.address(), secret, "c", 0, new NodeId(0, 0), Optional.empty(), Duration.ofSeconds(20));
        client.register(Rig.info(0, 2000));
        client.startHeartbeats(Duration.ofMillis(50), () -> {
            throw new IllegalStateException("nothing to tell");
        });
        return client;
    }

    @Test
    void aDriverThatSaysNothingIsTakenForGone() throws Exception {
        CountDownLatch gone = new CountDownLatch(1);
        try (ReservationServer server = server(Duration.ofMinutes(1));
                ReservationClient client = join(server)) {
            client.onDisconnect(gone::countDown);
            client.expectDriver(Duration.ofMillis(300)); // it shows that it lives every 15 s

            assertThat(gone.await(10, TimeUnit.SECONDS)).isTrue();
            assertThatThrownBy(() -> client.notice("late", Map.of()))
                    .isInstanceOf(ChannelException.class)
                    .hasMessageContaining("the driver has said nothing for");
        }
    }

    @Test
    void aDriverThatHasNothingToSayShowsThatItLives() {
        CountDownLatch gone = new CountDownLatch(1);
        try (ReservationServer server = server(Duration.ofSeconds(2));
                ReservationClient client = join(server)) {
            client.onDisconnect(gone::countDown);
            client.expectDriver(Duration.ofSeconds(4)); // eight times what lies between its signs of life

            await().during(Duration.ofSeconds(6)).atMost(Duration.ofSeconds(20)).until(() -> gone.getCount() == 1);
            client.notice("there", Map.of());
        }
    }

    @Test
    void aServerKnowsWhenEverybodyIsGone() {
        try (ReservationServer server = server(Duration.ofMinutes(1))) {
            assertThat(server.awaitDisconnected(Duration.ofMillis(1))).isTrue();
            ReservationClient client = join(server);
            assertThat(server.awaitDisconnected(Duration.ofMillis(50))).isFalse();

            client.close();

            assertThat(server.awaitDisconnected(Duration.ofSeconds(10))).isTrue();
        }
    }
}
