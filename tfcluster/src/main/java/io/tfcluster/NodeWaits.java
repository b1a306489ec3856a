package io.tfcluster;

import io.tfcluster.reservation.ClusterTemplate;
import io.tfcluster.reservation.NodeProgress;
import io.tfcluster.reservation.NodeWait;
import io.tfcluster.training.ring.Ring;
import io.tfcluster.training.ring.RingWait;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a node waits for, asked with each heartbeat: its feeds and its ring know of themselves, a run on parameter servers is known by its
 * phase, and the rest is told by whoever begins to wait.
 */
final class NodeWaits {
    /** Phases in which a trainer's thread is in TensorFlow's hands when it is not waiting for rows. */
    private static final Set<String> RUNNING = Set.of("building", "training", "evaluating", "saving");

    private final ClusterTemplate template;
    private final @Nullable NodeFeeds feeds;

    // guarded by this
    private @Nullable Ring ring;
    private List<String> servers = List.of();
    private NodeWait.@Nullable Kind kind;
    private List<String> targets = List.of();
    private long since;
    private String phase = "";
    private long step = -1;
    private long moved = System.nanoTime();

    /** Begins to know. {@code feeds} is null on a node that gets no rows. */
    NodeWaits(ClusterTemplate template, @Nullable NodeFeeds feeds) {
        this.template = template;
        this.feeds = feeds;
    }

    /** Sets the ring that is asked. */
    synchronized void ring(Ring formed) {
        ring = formed;
    }

    /** Sets whom a run of TensorFlow's may be waiting for. */
    synchronized void servers(List<String> names) {
        servers = List.copyOf(names);
    }

    /** Notes what is waited for while {@code work} runs. */
    <T> T during(NodeWait.Kind what, List<String> names, Supplier<T> work) {
        begin(what, names);
        try {
            return work.get();
        } finally {
            end();
        }
    }

    synchronized void begin(NodeWait.Kind what, List<String> names) {
        kind = what;
        targets = List.copyOf(names);
        since = System.nanoTime();
    }

    synchronized void end() {
        kind = null;
    }

    /** Returns the progress with what is waited for; called once for each heartbeat. */
    synchronized NodeProgress addTo(NodeProgress progress) {
        long now = System.nanoTime();
        if (!progress.phase().equals(phase) || progress.step() != step) {
            phase = progress.phase();
            step = progress.step();
            moved = now;
        }
        List<NodeWait> waits = new ArrayList<>();
        if (kind != null) {
            waits.add(new NodeWait(kind, targets, Duration.ofNanos(now - since)));
        }
        if (feeds != null) {
            waits.addAll(feeds.waits());
        }
        if (ring != null) {
            for (RingWait wait : ring.waits()) {
                Rings.ofRank(template, wait.peerRank())
                        .ifPresent(peer -> waits.add(new NodeWait(NodeWait.Kind.PEER, List.of(peer), wait.time())));
            }
        }
        if (waits.isEmpty() && !servers.isEmpty() && RUNNING.contains(phase)) {
            waits.add(new NodeWait(NodeWait.Kind.PS, servers, Duration.ofNanos(now - moved)));
        }
        return progress.withWaits(waits);
    }
}
