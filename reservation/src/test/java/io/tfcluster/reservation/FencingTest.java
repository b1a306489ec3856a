package io.tfcluster.reservation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class FencingTest {
    @Test
    void retryReplacesAndTheZombieIsToldToEnd() throws Exception {
        try (Rig rig = new Rig(2)) {
            CountDownLatch gone = new CountDownLatch(1);
            ReservationClient zombie = rig.join(0, 0);
            zombie.onDisconnect(gone::countDown);

            ReservationClient retry = rig.join(0, 1);
            rig.join(1, 0);

            assertThat(rig.server.awaitNodes(Rig.TIMEOUT).get(0).task().port()).isEqualTo(2010);
            assertThat(retry.awaitCluster(Rig.TIMEOUT).spec().tasks("worker").get(0))
                    .isEqualTo("127.0.0.1:2010");
            assertThat(gone.await(5, TimeUnit.SECONDS)).isTrue();
            assertThatThrownBy(() -> zombie.notice("late", Map.of()))
                    .isInstanceOf(FencedException.class)
                    .hasMessageContaining("attempt 0 of worker:0 was replaced by attempt 1");
            assertThat(rig.server.failures()).isEmpty();
        }
    }

    @Test
    void olderAttemptIsRefusedAndChangesNothing() {
        try (Rig rig = new Rig(1)) {
            rig.join(0, 1);
            ReservationClient old = rig.connect(0, 0);

            assertThatThrownBy(() -> old.register(Rig.info(0, 9)))
                    .isInstanceOf(FencedException.class)
                    .hasMessageContaining("attempt 0 of worker:0 came too late: attempt 1 holds its place");
            rig.connect(0, 0).reportExit("127.0.0.1", 137, List.of());

            assertThat(rig.server.nodes().get(0).task().port()).isEqualTo(2010);
            assertThat(rig.server.failures()).isEmpty();
        }
    }

    @Test
    void sameAttemptMayRegisterAgainOnTheSameAndOnANewConnection() {
        try (Rig rig = new Rig(1)) {
            ReservationClient first = rig.join(0, 0);
            first.register(Rig.info(0, 2000));
            ReservationClient second = rig.join(0, 0);

            assertThat(second.awaitCluster(Rig.TIMEOUT).nodes()).hasSize(1);
            rig.server.broadcast("ping", Map.of());
            await().pollDelay(Duration.ofMillis(1300))
                    .untilAsserted(
                            () -> assertThat(rig.heard.events).containsExactly("joined 0", "joined 0", "joined 0"));
        }
    }

    @Test
    void reconnectBeforeTheVerdictIsNoLoss() {
        try (Rig rig = new Rig(1)) {
            rig.join(0, 0).close();

            ReservationClient again = rig.join(0, 0);

            await().pollDelay(Duration.ofMillis(1300))
                    .untilAsserted(() -> assertThat(rig.heard.events).containsExactly("joined 0", "joined 0"));
            again.farewell(Map.of());
        }
    }

    @Test
    void attemptThatWasGivenUpMayNotComeBackButANewerOneMay() {
        try (Rig rig = new Rig(1)) {
            rig.connect(0, 0).reportExit("127.0.0.1", 1, List.of());
            ReservationClient back = rig.connect(0, 0);

            assertThatThrownBy(() -> back.register(Rig.info(0, 1)))
                    .isInstanceOf(FencedException.class)
                    .hasMessageContaining("attempt 0 of worker:0 is over");
            rig.join(0, 1);

            assertThat(rig.server.awaitNodes(Rig.TIMEOUT)).hasSize(1);
            assertThat(rig.server.failures()).hasSize(1);
        }
    }

    @Test
    void farewellIsFinalForEveryAttempt() {
        try (Rig rig = new Rig(2)) {
            ReservationClient early = rig.connect(0, 1);
            rig.join(0, 0).farewell(Map.of("sum", "42.0"));

            assertThatThrownBy(() -> early.register(Rig.info(0, 9)))
                    .isInstanceOf(FencedException.class)
                    .hasMessageContaining("attempt 1 of worker:0 is not needed: attempt 0 has said farewell");
            assertThatThrownBy(() -> rig.connect(0, 1))
                    .isInstanceOf(FencedException.class)
                    .hasMessageContaining("attempt 0 has said farewell");
            rig.connect(0, 0).reportExit("127.0.0.1", 134, List.of());

            assertThat(rig.server.farewells()).containsExactly(Map.entry(0, Map.of("sum", "42.0")));
            assertThat(rig.server.failures()).isEmpty();
        }
    }

    @Test
    void nodeThatReplacesAnotherLaterGetsTheCurrentCluster() {
        try (Rig rig = new Rig(2)) {
            rig.join(0, 0);
            rig.join(1, 0).awaitCluster(Rig.TIMEOUT);
            rig.connect(0, 0)
                    .fail(new NodeFailure(
                            "worker:0",
                            "",
                            java.time.Instant.now(),
                            java.util.OptionalInt.empty(),
                            "bad",
                            "",
                            List.of()));
            rig.connect(1, 0).reportExit("127.0.0.1", 1, List.of());

            ReservationClient zero = rig.join(0, 1); // while worker:1 is down
            ReservationClient one = rig.join(1, 1);

            List<String> expected = List.of("127.0.0.1:2010", "127.0.0.1:2011");
            assertThat(zero.awaitCluster(Rig.TIMEOUT).spec().tasks("worker")).isEqualTo(expected);
            assertThat(one.awaitCluster(Rig.TIMEOUT).spec().tasks("worker")).isEqualTo(expected);
        }
    }

    @Test
    void otherGenerationIsRefused() {
        try (Rig rig = new Rig(1)) {
            for (int generation : new int[] {2, 4}) {
                assertThatThrownBy(() -> ReservationClient.connect(
                                rig.server.address(),
                                rig.secret,
                                "flowers",
                                generation,
                                new NodeId(0, 0),
                                Optional.empty(),
                                Rig.TIMEOUT))
                        .isInstanceOf(FencedException.class)
                        .hasMessageContaining("generation " + generation + " is not the running one, 3");
            }
            await().untilAsserted(() -> assertThat(rig.server.rejected()).isEqualTo(2));
        }
    }
}
