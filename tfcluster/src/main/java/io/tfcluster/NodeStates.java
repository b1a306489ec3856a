package io.tfcluster;

import io.tfcluster.reservation.ClusterTemplate;
import io.tfcluster.reservation.FeedProgress;
import io.tfcluster.reservation.NodeInfo;
import io.tfcluster.reservation.NodeProgress;
import io.tfcluster.reservation.Role;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What the driver knows of each node: who it is, when it was heard last, and when it last got anywhere. */
final class NodeStates {
    private static final Duration SHORTEST_SILENCE = Duration.ofSeconds(3);
    private static final int MISSED_HEARTBEATS = 3;

    private final ClusterTemplate template;
    private final Duration silence;
    private final LongSupplier clock;
    private final Map<Integer, Entry> entries = new HashMap<>();

    private static final class Entry {
        final NodeInfo info;

        @Nullable
        NodeProgress progress;

        long heard;
        long moved;
        boolean gone;

        Entry(NodeInfo info, long now) {
            this.info = info;
            this.heard = now;
            this.moved = now;
        }
    }

    /**
     * One node at one moment.
     *
     * @param quiet how long nothing was heard of it
     * @param idle how long it has got nowhere: no step, no row, no other phase
     * @param silent whether it has been quiet for several heartbeats
     * @param gone whether it has said farewell or failed
     */
    record State(
            int ordinal,
            String name,
            Role role,
            NodeInfo info,
            Optional<NodeProgress> progress,
            Duration quiet,
            Duration idle,
            boolean silent,
            boolean gone) {
        /** Returns when it was heard last. */
        Instant lastHeard() {
            return Instant.now().minus(quiet);
        }
    }

    NodeStates(ClusterTemplate template, Duration heartbeatInterval) {
        this(template, heartbeatInterval, System::nanoTime);
    }

    /** With a clock of its own, for tests. */
    NodeStates(ClusterTemplate template, Duration heartbeatInterval, LongSupplier clock) {
        this.template = template;
        this.clock = clock;
        Duration missed = heartbeatInterval.multipliedBy(MISSED_HEARTBEATS);
        this.silence = missed.compareTo(SHORTEST_SILENCE) > 0 ? missed : SHORTEST_SILENCE;
    }

    /** Returns the time in nanoseconds, by the clock that all here goes by. */
    long nanos() {
        return clock.getAsLong();
    }

    synchronized void joined(int ordinal, NodeInfo info) {
        entries.put(ordinal, new Entry(info, clock.getAsLong()));
    }

    synchronized void progress(int ordinal, NodeProgress now) {
        Entry entry = entries.get(ordinal);
        if (entry != null) {
            entry.heard = clock.getAsLong();
            if (entry.progress == null || moved(entry.progress, now)) {
                entry.moved = entry.heard;
            }
            entry.progress = now;
        }
    }

    private static boolean moved(NodeProgress before, NodeProgress now) {
        return !now.phase().equals(before.phase())
                || now.epoch() != before.epoch()
                || now.step() != before.step()
                || now.rows() != before.rows()
                || fed(now) != fed(before);
    }

    private static long fed(NodeProgress progress) {
        return progress.feeds().values().stream().mapToLong(FeedProgress::rows).sum();
    }

    /** Notes that a node has ended, in whatever way. */
    synchronized void gone(int ordinal) {
        Entry entry = entries.get(ordinal);
        if (entry != null) {
            entry.gone = true;
        }
    }

    /** Counts a node's idleness from now on: it had nothing to do. */
    synchronized void touch(int ordinal) {
        Entry entry = entries.get(ordinal);
        if (entry != null) {
            entry.moved = clock.getAsLong();
        }
    }

    /** Forgives a time in which this process itself stood still. */
    synchronized void shift(long nanos) {
        for (Entry entry : entries.values()) {
            entry.heard += nanos;
            entry.moved += nanos;
        }
    }

    /** Returns the nodes that have registered, by ordinal. */
    synchronized Map<Integer, NodeInfo> infos() {
        Map<Integer, NodeInfo> infos = new HashMap<>();
        entries.forEach((ordinal, entry) -> infos.put(ordinal, entry.info));
        return infos;
    }

    /** Returns the nodes that have registered, in the order of the template. */
    synchronized List<State> now() {
        long now = clock.getAsLong();
        List<State> all = new ArrayList<>();
        for (int ordinal = 0; ordinal < template.size(); ordinal++) {
            Entry entry = entries.get(ordinal);
            if (entry != null) {
                Duration quiet = Duration.ofNanos(Math.max(0, now - entry.heard));
                all.add(new State(
                        ordinal,
                        template.name(ordinal),
                        template.slots().get(ordinal).role(),
                        entry.info,
                        Optional.ofNullable(entry.progress),
                        quiet,
                        Duration.ofNanos(Math.max(0, now - entry.moved)),
                        quiet.compareTo(silence) > 0,
                        entry.gone));
            }
        }
        return all;
    }
}
