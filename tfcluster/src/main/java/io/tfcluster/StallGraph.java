package io.tfcluster;

import io.tfcluster.reservation.FeedProgress;
import io.tfcluster.reservation.NodeProgress;
import io.tfcluster.reservation.NodeWait;
import io.tfcluster.reservation.Role;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Who waits for whom at one moment, and who stands at the root: A waits for B, B waits for C, C is frozen.
 *
 * <p>A node that says nothing waits for nobody. One that waits for rows of a feed waits for whoever holds rows of it and takes none, for those
 * who bring rows wait there; without such a one, for Spark's tasks. One that waits for several, of whom it cannot say which, waits for the
 * one that is silent, or else for one that does something of its own.
 */
final class StallGraph {
    private final Map<String, NodeStates.State> states = new HashMap<>();
    private final List<NodeStates.State> present;
    private final Predicate<String> isFed;
    private final Duration limit;

    /**
     * What a node's waiting comes down to.
     *
     * @param node the root; for a feed, the node that waits for its rows
     * @param why in words
     * @param chain the steps to there, in words, of those who wait
     * @param idle whether it is no fault at all: there is nothing to do
     */
    record Root(String node, String why, List<String> chain, boolean idle) {
        Root {
            chain = List.copyOf(chain);
        }
    }

    /**
     * Looks at the nodes.
     *
     * @param isFed whether the driver is feeding a feed now
     * @param limit from which time without progress on a node counts as stalled
     */
    StallGraph(List<NodeStates.State> nodes, Predicate<String> isFed, Duration limit) {
        this.present = nodes.stream().filter(state -> !state.gone()).toList();
        this.present.forEach(state -> states.put(state.name(), state));
        this.isFed = isFed;
        this.limit = limit;
    }

    /** Returns the nodes that get nowhere although they have something to do, those that did so longest first. */
    List<NodeStates.State> stalled() {
        return present.stream()
                .filter(state -> isStalled(state) && !root(state).idle())
                .sorted(Comparator.comparing(StallGraph::standing).reversed())
                .toList();
    }

    /** Returns the nodes that wait for something that is not to come yet: their time does not count. */
    List<NodeStates.State> idle() {
        return present.stream()
                .filter(state -> !state.silent() && root(state).idle())
                .toList();
    }

    /** Returns for how long a node has got nowhere, or said nothing. */
    static Duration standing(NodeStates.State state) {
        return state.silent() && !judged(state) ? state.quiet() : state.idle();
    }

    private boolean isStalled(NodeStates.State state) {
        return (state.silent() || judged(state)) && standing(state).compareTo(limit) >= 0;
    }

    /**
     * Servers and evaluators take no steps; starting has the reservation timeout for a limit; and of a main function that never told anything
     * and is not fed nothing can be said.
     */
    private static boolean judged(NodeStates.State state) {
        if (state.role() == Role.PS
                || state.role() == Role.EVALUATOR
                || state.progress().isEmpty()) {
            return false;
        }
        NodeProgress progress = state.progress().get();
        if (progress.phase().equals("starting")) {
            return false;
        }
        return progress.step() > 0
                || progress.rows() > 0
                || !progress.phase().equals("running")
                || progress.feeds().values().stream()
                        .anyMatch(feed -> feed.connections() > 0 || feed.bufferedBytes() > 0 || feed.rows() > 0);
    }

    /** Returns what this node's waiting comes down to. */
    Root root(NodeStates.State state) {
        return root(state, new LinkedHashSet<>(), new ArrayList<>());
    }

    private Root root(NodeStates.State state, Set<String> visited, List<String> chain) {
        visited.add(state.name());
        if (state.silent()) {
            return new Root(
                    state.name(),
                    state.name() + " says nothing for " + seconds(state.quiet()) + ": process "
                            + state.info().pid() + " on " + state.info().task().host()
                            + " is frozen, swapped out or cut off",
                    chain,
                    false);
        }
        for (NodeWait wait : waits(state)) {
            Optional<Root> found = switch (wait.kind()) {
                case STOP -> Optional.of(new Root(state.name(), "nothing to do", chain, true));
                case FEED -> Optional.of(feed(state, wait, visited, chain));
                case PEER, PS -> peer(state, wait, visited, chain);
            };
            if (found.isPresent()) {
                return found.get();
            }
        }
        return own(state, chain);
    }

    private static List<NodeWait> waits(NodeStates.State state) {
        return state.progress().map(NodeProgress::waits).orElse(List.of());
    }

    private Root feed(NodeStates.State state, NodeWait wait, Set<String> visited, List<String> chain) {
        String feed = String.join(", ", wait.targets());
        boolean fed = isFed.test(feed)
                || present.stream()
                        .anyMatch(each -> progressOf(each, feed)
                                .filter(progress -> progress.connections() > 0)
                                .isPresent());
        if (!fed) {
            return new Root(state.name(), "nobody feeds " + feed, chain, true);
        }
        Optional<NodeStates.State> holder = present.stream()
                .filter(each -> !visited.contains(each.name()) && holds(each, feed))
                .max(Comparator.comparing(NodeStates.State::idle));
        if (holder.isPresent()) {
            chain.add(state.name() + " waits for rows of feed " + feed + ", which "
                    + holder.get().name() + " holds and does not take");
            return root(holder.get(), visited, chain);
        }
        return new Root(
                state.name(),
                state.name() + " waits for rows of feed " + feed + " for " + seconds(wait.time())
                        + ", and no node holds them back: look at Spark's tasks that feed, and at what they read from",
                chain,
                false);
    }

    /** Whether rows lie at a node that does not take them, or, if it is silent, may do so. */
    private boolean holds(NodeStates.State state, String feed) {
        boolean takes = waits(state).stream()
                .anyMatch(wait ->
                        wait.kind() == NodeWait.Kind.FEED && wait.targets().contains(feed));
        boolean has = progressOf(state, feed)
                .filter(progress -> progress.bufferedBytes() > 0)
                .isPresent();
        return state.silent()
                ? state.role().trains()
                : has && !takes && state.idle().multipliedBy(2).compareTo(limit) >= 0;
    }

    private static Optional<FeedProgress> progressOf(NodeStates.State state, String feed) {
        return state.progress().map(progress -> progress.feeds().get(feed));
    }

    private Optional<Root> peer(NodeStates.State state, NodeWait wait, Set<String> visited, List<String> chain) {
        List<NodeStates.State> targets = wait.targets().stream()
                .filter(name -> !visited.contains(name))
                .flatMap(name -> Optional.ofNullable(states.get(name)).stream())
                .toList();
        Optional<NodeStates.State> next = targets.stream()
                .filter(NodeStates.State::silent)
                .findFirst()
                .or(() -> wait.targets().size() == 1 && wait.kind() == NodeWait.Kind.PEER
                        ? targets.stream().findFirst()
                        : targets.stream()
                                .filter(each -> each.role().trains()
                                        && waits(each).stream().noneMatch(other -> other.kind() == wait.kind()))
                                .max(Comparator.comparing(NodeStates.State::idle)));
        return next.map(target -> {
            chain.add(state.name() + " waits for " + target.name()
                    + (wait.kind() == NodeWait.Kind.PEER ? " in the ring" : " in a run of TensorFlow's") + " for "
                    + seconds(wait.time()));
            return root(target, visited, chain);
        });
    }

    private static Root own(NodeStates.State state, List<String> chain) {
        List<String> held = new ArrayList<>();
        state.progress()
                .ifPresent(progress -> progress.feeds().forEach((name, feed) -> {
                    if (feed.bufferedBytes() > 0) {
                        held.add(feed.bufferedBytes() / 1024 + " KiB of rows of feed " + name);
                    }
                }));
        String phase = state.progress().map(NodeProgress::phase).orElse("starting");
        return new Root(
                state.name(),
                state.name() + " answers and waits for nobody: phase \"" + phase + "\", no progress for "
                        + seconds(state.idle())
                        + (held.isEmpty() ? "" : ", and does not take " + String.join(", ", held))
                        + "; see what its main thread does",
                chain,
                false);
    }

    static String seconds(Duration time) {
        return time.compareTo(Duration.ofSeconds(10)) < 0
                ? "%d.%d s".formatted(time.toSeconds(), time.toMillisPart() / 100)
                : time.toSeconds() + " s";
    }
}
