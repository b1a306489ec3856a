package io.tfcluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfcluster.reservation.ClusterTemplate;
import io.tfcluster.reservation.NodeFailure;
import io.tfcluster.reservation.NodeInfo;
import io.tfcluster.reservation.NodeProgress;
import io.tfcluster.reservation.NodeWait;
import io.tfcluster.reservation.Role;
import io.tfcluster.reservation.TaskSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the inspector makes of two workers, by a clock that the test turns. */
final class StallInspectorTest {
    private static final Duration WARNING = Duration.ofSeconds(20);

    private final AtomicLong clock = new AtomicLong();
    private final NodeStates states =
            new NodeStates(ClusterTemplate.of(2, 0, false, Optional.empty()), Duration.ofSeconds(1), clock::get);
    private final List<StallReport> stalls = new ArrayList<>();
    private final List<NodeFailure> ends = new ArrayList<>();
    private final AtomicReference<StallInspector> inspector = new AtomicReference<>();
    private boolean fed = true;

    @BeforeEach
    void twoWorkersJoin() {
        for (int worker = 0; worker < 2; worker++) {
            states.joined(worker, new NodeInfo(new TaskSpec(Role.WORKER, worker, "h", 7), 100 + worker, "e", Map.of()));
        }
    }

    @AfterEach
    void end() {
        inspector.get().close();
    }

    private void inspect(Duration limit) {
        inspector.set(new StallInspector(
                "c",
                states,
                WARNING,
                limit,
                feed -> fed,
                ordinal -> inspector.get().answered(ordinal, "\"main\" RUNNABLE\n    at the.Main"),
                new StallInspector.Hearers(stalls::add, (ordinal, failure) -> ends.add(failure))));
    }

    private static NodeProgress step(long step, NodeWait... waits) {
        return new NodeProgress("training", 0, step, step, 0, Duration.ZERO, Map.of()).withWaits(List.of(waits));
    }

    /** Lets seconds pass, with the same heartbeats in each, and a look. */
    private void pass(int seconds, NodeProgress first, Optional<NodeProgress> second) {
        for (int i = 0; i < seconds; i++) {
            clock.addAndGet(TimeUnit.SECONDS.toNanos(1));
            states.progress(0, first);
            second.ifPresent(progress -> states.progress(1, progress));
            inspector.get().look();
        }
    }

    @Test
    void aStallIsWarnedOfOnceAndTheNextOneAgain() {
        inspect(Duration.ZERO);

        pass(60, step(1), Optional.of(step(1)));
        assertThat(stalls).hasSize(1);
        assertThat(stalls.get(0).nodes()).containsExactly("worker:0", "worker:1");
        assertThat(stalls.get(0).time()).isBetween(WARNING, WARNING.plusSeconds(2));
        assertThat(stalls.get(0).text()).contains("the.Main");
        pass(5, step(2), Optional.of(step(2)));
        pass(30, step(3), Optional.of(step(3)));

        assertThat(stalls).hasSize(2);
        assertThat(ends).isEmpty();
    }

    @Test
    void theLimitEndsTheClusterOnceWithTheRootsThread() {
        inspect(Duration.ofSeconds(40));
        NodeWait inTheRing = new NodeWait(NodeWait.Kind.PEER, List.of("worker:1"), Duration.ofSeconds(9));

        pass(39, step(5, inTheRing), Optional.of(step(5)));
        assertThat(ends).isEmpty();
        pass(10, step(5, inTheRing), Optional.of(step(5)));

        assertThat(stalls).hasSize(1);
        assertThat(stalls.get(0).root()).isEqualTo("worker:1");
        assertThat(ends).hasSize(1);
        assertThat(ends.get(0).node()).isEqualTo("worker:1");
        assertThat(ends.get(0).message())
                .startsWith("stalled: no progress for 4")
                .contains("stallLimit is PT40S")
                .contains("worker:0 waits for worker:1 in the ring for 9.0 s");
        assertThat(ends.get(0).stackTrace()).contains("the.Main");
    }

    @Test
    void aNodeThatSaysNothingIsTheRootThoughItWaitedLastForAnother() {
        inspect(Duration.ZERO);
        NodeWait inTheRing = new NodeWait(NodeWait.Kind.PEER, List.of("worker:1"), Duration.ofSeconds(9));
        states.progress(1, step(5, new NodeWait(NodeWait.Kind.PEER, List.of("worker:0"), Duration.ZERO)));

        pass(25, step(5, inTheRing), Optional.empty());

        assertThat(stalls).hasSize(1);
        assertThat(stalls.get(0).root()).isEqualTo("worker:1");
        assertThat(stalls.get(0).cause()).contains("says nothing for 20 s");
    }

    @Test
    void stepsThatTakeLessThanTheWarningAreNoStallHoweverSlow() {
        inspect(Duration.ofSeconds(30));

        for (int step = 1; step < 10; step++) {
            pass(18, step(step), Optional.of(step(step)));
        }

        assertThat(stalls).isEmpty();
        assertThat(ends).isEmpty();
    }

    @Test
    void timeWithoutAFeedDoesNotCountEvenWhenFeedingBegins() {
        inspect(Duration.ofSeconds(30));
        NodeProgress waits = step(0, new NodeWait(NodeWait.Kind.FEED, List.of("train"), Duration.ofSeconds(1)));
        fed = false;

        pass(600, waits, Optional.of(waits));
        fed = true;
        pass(15, waits, Optional.of(waits));
        assertThat(stalls).isEmpty();
        pass(10, waits, Optional.of(waits));

        assertThat(stalls).hasSize(1);
        assertThat(stalls.get(0).cause()).contains("look at Spark's tasks that feed");
    }

    @Test
    void aDriverThatStoodStillBlamesNobody() {
        inspect(Duration.ofSeconds(30));
        pass(3, step(1), Optional.of(step(1)));

        clock.addAndGet(TimeUnit.MINUTES.toNanos(10));
        inspector.get().look();

        assertThat(stalls).isEmpty();
        assertThat(ends).isEmpty();
    }
}
