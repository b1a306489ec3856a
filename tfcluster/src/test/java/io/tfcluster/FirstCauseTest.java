package io.tfcluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfcluster.reservation.ClusterTemplate;
import io.tfcluster.reservation.NodeFailure;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

final class FirstCauseTest {
    private static NodeFailure failure(String node, int second, String message, String blames) {
        return new NodeFailure(
                node,
                "h",
                Instant.ofEpochSecond(second),
                OptionalInt.empty(),
                message,
                message.isEmpty() ? "" : "trace of " + node,
                List.of(),
                blames);
    }

    private static NodeExitException cause(List<NodeFailure> failures, NodeStates.State... states) {
        return new FirstCause(failures, List.of(states), executor -> Optional.empty()).exception();
    }

    @Test
    void theEarliestIsTheCauseAndTheOthersFollowInOrder() {
        NodeExitException error = cause(List.of(
                failure("worker:2", 7, "c", ""),
                failure("worker:0", 5, "a", ""),
                failure("worker:1", 6, "b", "worker:0")));

        assertThat(error.first().node()).isEqualTo("worker:0");
        assertThat(error.consequences()).extracting(NodeFailure::node).containsExactly("worker:1", "worker:2");
    }

    @Test
    void anEarlierErrorThatIsAboutANodeThatFailedTooIsAConsequence() {
        NodeExitException error = cause(List.of(
                failure("worker:0", 5, "rank 1 is gone", "worker:1"),
                failure("worker:1", 6, "rank 2 is gone", "worker:2"),
                failure("worker:2", 7, "", "")));

        assertThat(error.first().node()).isEqualTo("worker:2");
        assertThat(error.consequences()).extracting(NodeFailure::node).containsExactly("worker:0", "worker:1");
    }

    @Test
    void aNodeThatFellSilentIsNamedInsteadOfTheOneThatWaitedForIt() {
        NodeExitException error = cause(
                List.of(failure("worker:0", 5, "rank 1 sent nothing", "worker:1")),
                TestStates.worker(0, Duration.ofSeconds(20), 0),
                TestStates.frozen(1, Duration.ofSeconds(21)));

        assertThat(error.first().node()).isEqualTo("worker:1");
        assertThat(error)
                .hasMessageContaining("said nothing for 21 s")
                .hasMessageContaining("process 111 is frozen")
                .hasMessageContaining("what followed from it:")
                .hasMessageContaining("rank 1 sent nothing");
    }

    @Test
    void aBlamedNodeThatIsWellIsNotTheCause() {
        NodeExitException error = cause(
                List.of(failure("worker:0", 5, "rank 1 computes something else", "worker:1")),
                TestStates.worker(1, Duration.ofSeconds(1), 0));

        assertThat(error.first().node()).isEqualTo("worker:0");
    }

    @Test
    void twoThatBlameEachOtherLeaveTheEarlier() {
        NodeExitException error =
                cause(List.of(failure("worker:0", 5, "a", "worker:1"), failure("worker:1", 6, "b", "worker:0")));

        assertThat(error.first().node()).isEqualTo("worker:0");
    }

    @Test
    void aNodeThatWentWithItsExecutorTellsSparksReason() {
        NodeFailure lost = new NodeFailure(
                "worker:1", "h", Instant.EPOCH, OptionalInt.empty(), "the connection closed", "", List.of());

        NodeExitException error = new FirstCause(
                        List.of(lost),
                        List.of(TestStates.frozen(1, Duration.ofSeconds(1))),
                        executor -> Optional.of("Command exited with code 137").filter(each -> executor.equals("e1")))
                .exception();

        assertThat(error)
                .hasMessageContaining("the connection closed; it went with its executor e1")
                .hasMessageContaining("Command exited with code 137");
    }

    @Test
    void theMessageHasTheExceptionWithItsCausesAndTheLastFiftyLines() {
        List<String> lines = new ArrayList<>();
        for (int i = 1; i <= 60; i++) {
            lines.add("line " + i);
        }
        String trace = Traces.of(new IllegalStateException("outer", new IllegalArgumentException("inner")));

        String text = String.valueOf(new NodeExitException(
                        new NodeFailure("worker:1", "h", Instant.EPOCH, OptionalInt.of(1), "outer", trace, lines, ""),
                        List.of())
                .getMessage());

        assertThat(text)
                .startsWith("worker:1 on h exited with code 1: outer\n  at 1970-01-01T00:00:00Z")
                .contains("Caused by: java.lang.IllegalArgumentException: inner")
                .contains("the last 50 lines of its log:\n  line 11\n")
                .endsWith("line 60");
    }

    @Test
    void anErrorIsAboutTheOneOtherNodeThatItNames() {
        ClusterTemplate template = ClusterTemplate.of(4, 1, false, Optional.empty());

        assertThat(Blame.of(
                        new IllegalStateException("step 3", new IllegalStateException("ps:0 did not answer")),
                        template,
                        "worker:0"))
                .isEqualTo("ps:0");
        assertThat(Blame.of(new IllegalStateException("worker:0 lost worker:2"), template, "worker:0"))
                .isEqualTo("worker:2");
        assertThat(Blame.of(new IllegalStateException("saving failed: rank 0: the disk is full"), template, "worker:1"))
                .isEqualTo("worker:0");
        assertThat(Blame.of(new IllegalStateException("rank 0: the disk is full"), template, "worker:0"))
                .isEmpty();
        assertThat(Blame.of(new IllegalStateException("worker:1 or worker:2"), template, "worker:0"))
                .isEmpty();
        assertThat(Blame.of(new IllegalStateException("host:80, worker:9"), template, "worker:0"))
                .isEmpty();
    }
}
