package io.tfcluster;

import io.tfcluster.reservation.FeedProgress;
import io.tfcluster.reservation.NodeInfo;
import io.tfcluster.reservation.NodeProgress;
import io.tfcluster.reservation.NodeWait;
import io.tfcluster.reservation.Role;
import io.tfcluster.reservation.TaskSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Nodes as the driver may see them, for tests. */
final class TestStates {
    private TestStates() {}

    static NodeStates.State state(Role role, int index, Duration quiet, Duration idle, NodeProgress progress) {
        int ordinal = role == Role.PS ? index : 10 + index;
        return new NodeStates.State(
                ordinal,
                role.jobName() + ":" + index,
                role,
                new NodeInfo(new TaskSpec(role, index, "host-" + index, 7), 100 + ordinal, "e" + index, Map.of()),
                Optional.of(progress),
                quiet,
                idle,
                quiet.toSeconds() >= 3,
                false);
    }

    /** A worker that answers, in step 5, with rows of the feed "train" in its buffer. */
    static NodeStates.State worker(int index, Duration idle, long buffered, NodeWait... waits) {
        return state(Role.WORKER, index, Duration.ofMillis(200), idle, progress(buffered, waits));
    }

    static NodeStates.State frozen(int index, Duration quiet) {
        return state(Role.WORKER, index, quiet, quiet, progress(0));
    }

    static NodeProgress progress(long buffered, NodeWait... waits) {
        FeedProgress feed = new FeedProgress(0, 8, 8, Duration.ZERO, buffered, 1 << 20, 0, 0, 0, 0, 1);
        return new NodeProgress("training", 0, 5, 80, 1.0, Duration.ZERO, Map.of())
                .withFeeds(Map.of("train", feed))
                .withWaits(List.of(waits));
    }

    static NodeWait wait(NodeWait.Kind kind, String... targets) {
        return new NodeWait(kind, List.of(targets), Duration.ofSeconds(70));
    }
}
