package io.tfcluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfcluster.reservation.NodeProgress;
import io.tfcluster.reservation.NodeWait.Kind;
import io.tfcluster.reservation.Role;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class StallGraphTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration LONG = Duration.ofSeconds(75);
    private static final Duration SHORT = Duration.ofSeconds(5);

    private static StallGraph graph(NodeStates.State... states) {
        return new StallGraph(List.of(states), feed -> true, LIMIT);
    }

    @Test
    void theRootOfARingIsTheFrozenOneHoweverLongTheChain() {
        NodeStates.State first = TestStates.worker(0, LONG, 0, TestStates.wait(Kind.PEER, "worker:2"));
        NodeStates.State second = TestStates.frozen(1, LONG.plusSeconds(1));
        NodeStates.State third = TestStates.worker(2, LONG, 0, TestStates.wait(Kind.PEER, "worker:1"));
        StallGraph graph = graph(first, second, third);

        StallGraph.Root root = graph.root(first);

        assertThat(root.node()).isEqualTo("worker:1");
        assertThat(root.why()).contains("says nothing for 76 s").contains("process 111 on host-1 is frozen");
        assertThat(root.chain())
                .containsExactly(
                        "worker:0 waits for worker:2 in the ring for 70 s",
                        "worker:2 waits for worker:1 in the ring for 70 s");
        assertThat(graph.stalled())
                .extracting(NodeStates.State::name)
                .containsExactly("worker:1", "worker:0", "worker:2");
    }

    @Test
    void aNodeThatHoldsRowsAndTakesNoneKeepsTheFeedWaiting() {
        NodeStates.State waits = TestStates.worker(0, LONG, 0, TestStates.wait(Kind.FEED, "train"));
        NodeStates.State holds = TestStates.worker(1, LONG, 1 << 20);

        StallGraph.Root root = graph(waits, holds).root(waits);

        assertThat(root.node()).isEqualTo("worker:1");
        assertThat(root.chain())
                .containsExactly("worker:0 waits for rows of feed train, which worker:1 holds and does not take");
        assertThat(root.why()).contains("waits for nobody").contains("does not take 1024 KiB of rows of feed train");
    }

    @Test
    void rowsThatNobodyHoldsBackAreSparksToBring() {
        NodeStates.State waits = TestStates.worker(0, LONG, 0, TestStates.wait(Kind.FEED, "train"));
        NodeStates.State busy = TestStates.worker(1, SHORT, 1 << 20);

        StallGraph.Root root = graph(waits, busy).root(waits);

        assertThat(root.idle()).isFalse();
        assertThat(root.why()).contains("look at Spark's tasks that feed");
    }

    @Test
    void waitingForAFeedThatNobodyFeedsIsNoStallNorIsThatOfThoseWhoWaitForIt() {
        NodeProgress unfed = new NodeProgress("training", 0, 5, 80, 1, Duration.ZERO, Map.of())
                .withWaits(List.of(TestStates.wait(Kind.FEED, "train")));
        NodeStates.State waits = TestStates.state(Role.WORKER, 0, Duration.ZERO, LONG, unfed);
        NodeProgress behind = unfed.withWaits(List.of(TestStates.wait(Kind.PEER, "worker:0")));
        NodeStates.State peer = TestStates.state(Role.WORKER, 1, Duration.ZERO, LONG, behind);
        StallGraph graph = new StallGraph(List.of(waits, peer), feed -> false, LIMIT);

        assertThat(graph.stalled()).isEmpty();
        assertThat(graph.idle()).containsExactly(waits, peer);
    }

    @Test
    void serversAndEvaluatorsAreStalledOnlyIfTheySayNothing() {
        NodeProgress serving = NodeProgress.of("serving").withWaits(List.of(TestStates.wait(Kind.STOP)));
        NodeStates.State server = TestStates.state(Role.PS, 0, Duration.ZERO, LONG, serving);
        NodeStates.State evaluator = TestStates.state(Role.EVALUATOR, 0, Duration.ZERO, LONG, serving);
        NodeStates.State frozen = TestStates.state(Role.PS, 1, LONG, LONG, serving);

        assertThat(graph(server, evaluator).stalled()).isEmpty();
        assertThat(graph(server, evaluator, frozen).stalled()).containsExactly(frozen);
    }

    @Test
    void aRunWaitsForTheServerThatIsSilentAndOtherwiseForItself() {
        NodeStates.State worker = TestStates.worker(0, LONG, 0, TestStates.wait(Kind.PS, "ps:0", "ps:1"));
        NodeProgress serving = NodeProgress.of("serving").withWaits(List.of(TestStates.wait(Kind.STOP)));
        NodeStates.State well = TestStates.state(Role.PS, 0, Duration.ZERO, LONG, serving);
        NodeStates.State frozen = TestStates.state(Role.PS, 1, LONG, LONG, serving);

        assertThat(graph(worker, well, frozen).root(worker).node()).isEqualTo("ps:1");
        assertThat(graph(worker, well).root(worker).node()).isEqualTo("worker:0");
    }

    @Test
    void aCircleOfWaitingNodesEnds() {
        NodeStates.State first = TestStates.worker(0, LONG, 0, TestStates.wait(Kind.PEER, "worker:1"));
        NodeStates.State second = TestStates.worker(1, LONG, 0, TestStates.wait(Kind.PEER, "worker:0"));

        assertThat(graph(first, second).root(first).node()).isEqualTo("worker:1");
    }

    @Test
    void whoMovesOrHasNeverToldAnythingIsNotJudged() {
        NodeStates.State moves = TestStates.worker(0, SHORT, 0);
        NodeStates.State mute = TestStates.state(Role.WORKER, 1, Duration.ZERO, LONG, NodeProgress.of("running"));
        NodeStates.State starts = TestStates.state(Role.WORKER, 2, Duration.ZERO, LONG, NodeProgress.of("starting"));

        assertThat(graph(moves, mute, starts).stalled()).isEmpty();
    }

    @Test
    void theTableFitsEightyColumnsWhateverTheNamesAre() {
        NodeStates.State first =
                TestStates.worker(0, LONG, 0, TestStates.wait(Kind.PS, "ps:0", "ps:1", "ps:2", "ps:3", "ps:4", "ps:5"));
        NodeStates.State second = TestStates.frozen(123_456, LONG);

        String table = StallText.table(List.of(first, second));

        assertThat(table.lines())
                .hasSize(3)
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
        assertThat(table).contains("says nothing for 75 s").contains("worker:1234");
    }
}
