package io.tfcluster.reservation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class FailureTest {
    private static final NodeFailure OWN_WORDS = new NodeFailure(
            "whoever", "", Instant.EPOCH, OptionalInt.empty(), "shape [3] does not fit", "at Main:7", List.of());

    @Test
    void ownWordsConnectionCloseAndExitReportBecomeOneFailure() {
        try (Rig rig = new Rig(1)) {
            ReservationClient node = rig.join(0, 0);
            node.fail(OWN_WORDS);
            node.close();
            rig.connect(0, 0).reportExit("127.0.0.1", 1, List.of("first", "last"));

            await().untilAsserted(() -> assertThat(rig.heard.failures).hasSize(1));
            NodeFailure failure = rig.heard.failures.get(0);
            assertThat(failure.node()).isEqualTo("worker:0");
            assertThat(failure.exitCode()).hasValue(1);
            assertThat(failure.message()).isEqualTo("shape [3] does not fit");
            assertThat(failure.stackTrace()).isEqualTo("at Main:7");
            assertThat(failure.lastLines()).containsExactly("first", "last");
            assertThat(failure.time()).isAfter(Instant.EPOCH);
            assertThat(rig.server.failures()).containsExactly(failure);
            await().pollDelay(Duration.ofMillis(1300))
                    .untilAsserted(() -> assertThat(rig.heard.events).containsExactly("joined 0", "failed 0"));
        }
    }

    @Test
    void exitReportThatOvertakesTheClosedConnectionWaitsForIt() {
        try (Rig rig = new Rig(1)) {
            ReservationClient node = rig.join(0, 0);

            rig.connect(0, 0).reportExit("127.0.0.1", 137, List.of("Killed"));
            assertThat(rig.heard.failures).isEmpty();
            node.close();

            await().untilAsserted(() -> assertThat(rig.heard.failures).hasSize(1));
            assertThat(rig.heard.failures.get(0).describe())
                    .isEqualTo(
                            "worker:0 on 127.0.0.1 exited with code 137 (SIGKILL; often the container's memory limit);"
                                    + " last output: Killed");
        }
    }

    @Test
    void exitReportAfterTheClosedConnectionIsOneFailureToo() {
        try (Rig rig = new Rig(1)) {
            rig.join(0, 0).close();
            rig.connect(0, 0).reportExit("127.0.0.1", 134, List.of());

            await().untilAsserted(() -> assertThat(rig.heard.events).containsExactly("joined 0", "failed 0"));
            assertThat(rig.heard.failures.get(0).describe()).contains("134 (SIGABRT");
        }
    }

    @Test
    void closedConnectionWithoutAWordIsALoss() {
        try (Rig rig = new Rig(1)) {
            rig.join(0, 0).close();

            await().untilAsserted(() -> assertThat(rig.heard.events)
                    .containsExactly("joined 0", "lost 0 the control connection closed without a farewell"));
            assertThat(rig.server.failures()).hasSize(1);
        }
    }

    @Test
    void reportAfterTheLossCompletesTheFailure() {
        try (Rig rig = new Rig(1)) {
            rig.join(0, 0).close();
            await().untilAsserted(() -> assertThat(rig.heard.events).hasSize(2));

            rig.connect(0, 0).reportExit("127.0.0.1", 139, List.of("core dumped"));

            await().untilAsserted(
                            () -> assertThat(rig.heard.events).hasSize(3).last().isEqualTo("failed 0"));
            assertThat(rig.server.failures()).hasSize(1);
            assertThat(rig.server.failures().get(0).exitCode()).hasValue(139);
        }
    }

    @Test
    void ownWordsAloneBecomeAFailureAfterASecond() {
        try (Rig rig = new Rig(1)) {
            rig.join(0, 0).fail(OWN_WORDS);

            await().untilAsserted(() -> assertThat(rig.heard.events).containsExactly("joined 0", "failed 0"));
            assertThat(rig.heard.failures.get(0).describe())
                    .isEqualTo("worker:0 on 127.0.0.1 failed: shape [3] does not fit");
        }
    }

    @Test
    void exitReportAfterTheVerdictCompletesTheFailureWithCodeNoteAndLines() {
        try (Rig rig = new Rig(1)) {
            rig.join(0, 0).fail(OWN_WORDS);
            await().untilAsserted(() -> assertThat(rig.heard.events).containsExactly("joined 0", "failed 0"));

            rig.connect(0, 0).reportExit("127.0.0.1", 134, "the crash report is at h:/tmp/r", List.of("the end"));

            await().untilAsserted(
                            () -> assertThat(rig.heard.events).containsExactly("joined 0", "failed 0", "completed 0"));
            NodeFailure failure = rig.heard.failures.get(1);
            assertThat(failure.exitCode()).hasValue(134);
            assertThat(failure.message()).isEqualTo("shape [3] does not fit; the crash report is at h:/tmp/r");
            assertThat(failure.lastLines()).containsExactly("the end");
        }
    }

    @Test
    void exitWithCodeZeroWithoutFarewellIsAFailure() {
        try (Rig rig = new Rig(1)) {
            rig.join(0, 0).close();
            rig.connect(0, 0).reportExit("127.0.0.1", 0, List.of());

            await().untilAsserted(() -> assertThat(rig.heard.failures).hasSize(1));
            assertThat(rig.heard.failures.get(0).describe()).contains("exited with code 0 without a farewell");
        }
    }

    @Test
    void failuresAreListedInTheOrderOfTheirFirstSigns() {
        try (Rig rig = new Rig(2)) {
            rig.join(0, 0).fail(OWN_WORDS); // its verdict falls in a second
            rig.connect(1, 0).reportExit("127.0.0.1", 1, List.of()); // this one's at once

            await().untilAsserted(() -> assertThat(rig.server.failures()).hasSize(2));
            assertThat(rig.heard.events).containsExactly("joined 0", "failed 1", "failed 0");
            assertThat(rig.server.failures()).extracting(NodeFailure::node).containsExactly("worker:0", "worker:1");
        }
    }

    @Test
    void silenceIsAStallAndThenALoss() {
        try (Rig rig = new Rig(1, options -> options.heartbeatLimit(Duration.ofMillis(300)))) {
            rig.join(0, 0);

            await().untilAsserted(() -> assertThat(rig.heard.events)
                    .containsExactly("joined 0", "stalled 0", "lost 0 silent for more than PT0.6S"));
        }
    }

    @Test
    void heartbeatsKeepANodeAliveEvenWithoutProgress() {
        try (Rig rig = new Rig(1, options -> options.heartbeatLimit(Duration.ofSeconds(2)))) {
            rig.join(0, 0).startHeartbeats(Duration.ofMillis(50), () -> {
                throw new IllegalStateException("no progress known");
            });

            await().pollDelay(Duration.ofMillis(4500))
                    .untilAsserted(() -> assertThat(rig.heard.events).containsExactly("joined 0"));
        }
    }

    @Test
    void endlessTextsAreCut() {
        try (Rig rig = new Rig(1)) {
            String endless = "x".repeat(3_000_000);
            NodeFailure failure = new NodeFailure(
                    "n", "h", Instant.now(), OptionalInt.of(1), endless, endless, List.of(endless, endless));
            ReservationClient node = rig.join(0, 0);

            node.log(List.of(endless));
            node.fail(failure);
            rig.connect(0, 0).reportExit("h", 1, List.of(endless));

            await().untilAsserted(() -> assertThat(rig.heard.failures).hasSize(1));
            assertThat(rig.heard.failures.get(0).stackTrace())
                    .hasSizeLessThan(110_000)
                    .contains("3000000 letters");
        }
    }

    @Test
    void tooLargeANoticeIsTheCallersMistakeAndHurtsNobody() {
        try (Rig rig = new Rig(1)) {
            ReservationClient node = rig.join(0, 0);

            org.assertj.core.api.Assertions.assertThatThrownBy(() ->
                            node.notice("big", Map.of("x", "y".repeat(2 << 20))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("over the limit of 1048576");
            node.farewell(Map.of());
        }
    }
}
