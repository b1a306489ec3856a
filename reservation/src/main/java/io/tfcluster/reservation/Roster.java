package io.tfcluster.reservation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is expected, who is there, and who is gone; knows nothing of sockets but that a {@link Connection} can be written to and closed.
 *
 * <p>One lock; calls come from the I/O threads and from users, hold it for microseconds and never wait on the network. Waiting users
 * are woken by every change that could matter to them.
 */
final class Roster {
    private static final Logger log = LoggerFactory.getLogger(Roster.class);

    /** If this much lies between two ticks, this process stood still, and the nodes' silence is no fault of theirs. */
    private static final long PAUSE_NANOS = 1_000_000_000;

    private final ClusterTemplate template;
    private final Set<String> peerEndpoints;
    private final Events events;
    private final Verdicts verdicts;
    private final long aliveNanos;
    private final List<Node> nodes = new ArrayList<>();
    private int present; // nodes that registered and have not failed
    private @Nullable ClusterFrames frames; // of the cluster as it is now, or null
    private @Nullable String stopped;
    private boolean closed;
    private long ticked = System.nanoTime();
    private long toldAlive = System.nanoTime();

    Roster(ClusterTemplate template, Set<String> peerEndpoints, Duration heartbeatLimit, Events events) {
        this.template = template;
        this.peerEndpoints = peerEndpoints;
        this.events = events;
        this.verdicts = new Verdicts(heartbeatLimit, events);
        this.aliveNanos = heartbeatLimit.toNanos() / 4;
        for (int i = 0; i < template.size(); i++) {
            nodes.add(new Node(i, template.name(i)));
        }
    }

    synchronized void register(Connection connection, NodeId id, NodeInfo info) {
        if (closed) {
            return;
        }
        Node node = nodes.get(id.ordinal());
        ClusterTemplate.Slot slot = template.slots().get(id.ordinal());
        if (info.task().role() != slot.role() || info.task().index() != slot.index()) {
            connection.refuse(
                    Message.Refused.Kind.INVALID,
                    "node " + id.ordinal() + " is " + node.name + " in this cluster, not "
                            + info.task().name());
            return;
        }
        String done = done(id);
        String fence = done == null ? fence(node, id.attempt()) : done;
        if (fence != null) {
            connection.refuse(Message.Refused.Kind.FENCED, fence);
            return;
        }
        moveTo(node, id.attempt());
        Connection old = node.connection;
        if (old != null && old != connection) {
            old.close("the node connected again");
        }
        if (node.info == null) {
            present++;
        }
        if (frames != null && !info.equals(node.info)) {
            frames.release();
            frames = null;
        }
        node.info = info;
        node.hasView = false;
        node.connection = connection;
        node.phase = Node.Phase.JOINED;
        node.backToLife();
        node.heard(System.nanoTime());
        connection.send(new Message.Registered());
        events.emit(listener -> listener.joined(node.ordinal, info));
        if (stopped != null) {
            connection.send(new Message.Stop(stopped));
        }
        shareCluster();
        notifyAll();
    }

    /** Returns why this attempt may not even say hello, or null if it may: a node that said farewell has done its work for good. */
    synchronized @Nullable String done(NodeId id) {
        Node node = nodes.get(id.ordinal());
        return isDone(node, id.attempt())
                ? "attempt " + id.attempt() + " of " + node.name + " is not needed: attempt " + node.attempt
                        + " has said farewell"
                : null;
    }

    private static boolean isDone(Node node, int attempt) {
        return node.phase == Node.Phase.FAREWELL && attempt > node.attempt;
    }

    /** Returns why this attempt may not register, or null if it may. */
    private static @Nullable String fence(Node node, int attempt) {
        if (attempt < node.attempt) {
            return "attempt " + attempt + " of " + node.name + " came too late: attempt " + node.attempt
                    + " holds its place";
        }
        if (attempt > node.attempt) {
            return null;
        }
        if (node.phase.isOver() || node.said != null || node.exit != null) {
            return "attempt " + attempt + " of " + node.name + " is over ("
                    + (node.phase == Node.Phase.FAREWELL ? "it said farewell" : "it failed or was given up")
                    + "); only a newer attempt can take its place";
        }
        return null;
    }

    /** Makes {@code attempt} the node's current one, if it is newer. */
    private void moveTo(Node node, int attempt) {
        if (attempt <= node.attempt) {
            return;
        }
        if (node.info != null && !isDown(node)) {
            present--;
        }
        Connection old = node.connection;
        if (node.attempt >= 0) {
            log.info("attempt {} of {} replaces attempt {}", attempt, node.name, node.attempt);
        }
        String fence = "attempt " + node.attempt + " of " + node.name + " was replaced by attempt " + attempt;
        node.begin(attempt);
        if (old != null) {
            old.refuse(Message.Refused.Kind.FENCED, fence);
        }
    }

    /** Once all are there, sends the cluster to each connection that has not got it: to all at first, later to who comes again. */
    private void shareCluster() {
        if (!isComplete()) {
            return;
        }
        ClusterFrames known = frames;
        if (known == null) {
            known = ClusterFrames.encode(template, infos(), peerEndpoints);
            frames = known;
        }
        for (Node node : nodes) {
            if (node.connection != null && !node.hasView) {
                node.hasView = true;
                known.sendTo(node.connection);
            }
        }
    }

    /** Returns whether all are there, and none of them shows signs of its end. */
    private boolean isComplete() {
        return present == nodes.size() && nodes.stream().noneMatch(node -> node.phase == Node.Phase.ENDING);
    }

    private static boolean isDown(Node node) {
        return node.phase == Node.Phase.FAILED || node.phase == Node.Phase.LOST;
    }

    private List<NodeInfo> infos() {
        List<NodeInfo> infos = new ArrayList<>(nodes.size());
        for (Node node : nodes) {
            if (node.info == null) {
                throw new IllegalStateException(node.name + " has not registered yet");
            }
            infos.add(node.info);
        }
        return infos;
    }

    synchronized void heard(Connection connection, NodeId id, @Nullable NodeProgress progress) {
        Node node = speaking(connection, id);
        if (node != null && progress != null) {
            node.progress = progress;
            events.emitIfKeepingUp(listener -> listener.progress(node.ordinal, progress));
        }
    }

    synchronized void log(Connection connection, NodeId id, List<String> lines) {
        Node node = speaking(connection, id);
        if (node != null) {
            events.emitIfKeepingUp(listener -> listener.log(node.ordinal, lines));
        }
    }

    synchronized void notice(Connection connection, NodeId id, Message.Notice notice) {
        Node node = speaking(connection, id);
        if (node != null) {
            events.emit(listener -> listener.notice(node.ordinal, notice.topic(), notice.details()));
        }
    }

    /** Returns the node whose connection this is, or null for one that was replaced or never registered. */
    private @Nullable Node speaking(Connection connection, NodeId id) {
        Node node = nodes.get(id.ordinal());
        if (node.connection != connection) {
            return null;
        }
        node.heard(System.nanoTime());
        return node;
    }

    synchronized void farewell(Connection connection, NodeId id, Map<String, String> result) {
        Node node = speaking(connection, id);
        if (node != null && node.phase == Node.Phase.JOINED) {
            node.phase = Node.Phase.FAREWELL;
            node.result = result;
            events.emit(listener -> listener.farewell(node.ordinal, result));
            notifyAll();
        }
        connection.send(new Message.Received());
    }

    synchronized void failed(NodeId id, NodeFailure failure) {
        Node node = current(id);
        if (node != null && verdicts.failed(node, failure)) {
            down(node);
        }
    }

    synchronized void exited(NodeId id, Message.ExitReport report) {
        Node node = current(id);
        if (node != null && verdicts.exited(node, report)) {
            down(node);
        }
    }

    synchronized void closed(Connection connection, NodeId id, String why) {
        Node node = nodes.get(id.ordinal());
        if (node.connection == connection) {
            node.connection = null;
            if (!closed && verdicts.closed(node, why)) {
                down(node);
            }
        }
    }

    /** Shows the nodes that the driver lives, looks for nodes that are silent, and passes the verdicts that are due. */
    synchronized void tick() {
        long now = System.nanoTime();
        if (now - toldAlive > aliveNanos) {
            toldAlive = now;
            broadcast(new Message.Alive()); // nodes, too, must know whether there is somebody at the other end
        }
        long pause = now - ticked;
        ticked = now;
        for (Node node : nodes) {
            if (pause > PAUSE_NANOS) {
                node.heardNanos += pause;
                node.verdictNanos += pause;
            }
            if (verdicts.tick(node, now)) {
                down(node);
            }
        }
    }

    private void down(Node node) {
        if (node.info != null) {
            present--;
        }
        notifyAll();
    }

    /** Returns the node unless this attempt was replaced or came after a farewell; a newer attempt becomes the current one. */
    private @Nullable Node current(NodeId id) {
        Node node = nodes.get(id.ordinal());
        if (isDone(node, id.attempt())) {
            log.info("attempt {} of {} ended; attempt {} had said farewell", id.attempt(), node.name, node.attempt);
            return null;
        }
        if (id.attempt() < node.attempt) {
            log.info("attempt {} of {} ended; attempt {} had replaced it", id.attempt(), node.name, node.attempt);
            return null;
        }
        moveTo(node, id.attempt());
        return node;
    }

    synchronized boolean send(int ordinal, Message message) {
        Connection connection = nodes.get(ordinal).connection;
        if (connection == null) {
            return false;
        }
        connection.send(message);
        return true;
    }

    synchronized void broadcast(Message message) {
        for (Node node : nodes) {
            if (node.connection != null) {
                node.connection.send(message);
            }
        }
    }

    synchronized void stop(String reason) {
        stopped = reason;
        broadcast(new Message.Stop(reason));
    }

    /** Returns all nodes, or nothing if some did not come in time. */
    synchronized Optional<List<NodeInfo>> awaitNodes(Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (true) {
            for (Node node : nodes) {
                if (isDown(node)) {
                    NodeFailure failure = verdicts.failure(node);
                    throw new NodeFailedException("while waiting for the nodes: " + failure.describe(), failure);
                }
            }
            if (isComplete()) {
                return Optional.of(infos());
            }
            if (!waitUntil(deadline, "nodes")) {
                return Optional.empty();
            }
        }
    }

    synchronized boolean awaitFarewells(Set<Integer> ordinals, Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (true) {
            boolean all = true;
            boolean hope = false;
            for (int ordinal : ordinals) {
                Node node = nodes.get(ordinal);
                all &= node.phase == Node.Phase.FAREWELL;
                hope |= !node.phase.isOver();
            }
            if (all || !hope || !waitUntil(deadline, "farewells")) {
                return all;
            }
        }
    }

    /** Waits for the next change; returns false if there was none until the deadline. */
    @SuppressWarnings("WaitNotInLoop") // the callers loop
    private boolean waitUntil(long deadline, String what) {
        if (closed) {
            throw new IllegalStateException("the reservation server was closed while " + what + " were waited for");
        }
        long millis = (deadline - System.nanoTime() + 999_999) / 1_000_000;
        if (millis <= 0) {
            return false;
        }
        try {
            wait(millis);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for " + what, e);
        }
    }

    /** Returns a value of all nodes that have one, by ordinal. */
    synchronized <T> SortedMap<Integer, T> query(Function<Node, @Nullable T> value) {
        SortedMap<Integer, T> found = new TreeMap<>();
        for (Node node : nodes) {
            T of = value.apply(node);
            if (of != null) {
                found.put(node.ordinal, of);
            }
        }
        return found;
    }

    synchronized ClusterSpec spec() {
        return ClusterFrames.spec(template, infos());
    }

    synchronized List<NodeFailure> failures() {
        return verdicts.failures();
    }

    /** Wakes those who wait; from now on connections that end are no news. */
    synchronized void close() {
        closed = true;
        if (frames != null) {
            frames.release();
            frames = null;
        }
        notifyAll();
    }
}
