package io.tfcluster;

import io.tfcluster.reservation.NodeFailure;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;

/**
 * Finds the failure that the others follow from: the earliest, unless its error is about another node that failed as well, or that has fallen
 * silent; then that one's, and so on.
 *
 * <p>A frozen process says nothing, and those that wait for it fail one after the other when they have waited enough: without this the first of
 * them would be named.
 */
final class FirstCause {
    private final Map<String, NodeFailure> failures = new HashMap<>();
    private final Map<String, NodeStates.State> states = new HashMap<>();
    private final Function<String, Optional<String>> executorRemoved;

    /**
     * Makes a search.
     *
     * @param executorRemoved Spark's reason, by the executor's id
     */
    FirstCause(
            Collection<NodeFailure> failures,
            List<NodeStates.State> states,
            Function<String, Optional<String>> executorRemoved) {
        states.forEach(state -> this.states.put(state.name(), state));
        this.executorRemoved = executorRemoved;
        failures.forEach(failure -> this.failures.put(failure.node(), withExecutor(failure)));
    }

    /** Returns the exception; there is at least one failure. */
    NodeExitException exception() {
        List<NodeFailure> all = new ArrayList<>(failures.values());
        all.sort(Comparator.comparing(NodeFailure::time));
        NodeFailure first = follow(all.get(0));
        all.removeIf(failure -> failure.node().equals(first.node()));
        return new NodeExitException(first, all);
    }

    private NodeFailure follow(NodeFailure earliest) {
        Set<String> visited = new HashSet<>();
        NodeFailure cause = earliest;
        while (visited.add(cause.node()) && !cause.blames().isEmpty()) {
            NodeFailure next = failures.get(cause.blames());
            NodeStates.State state = states.get(cause.blames());
            if (next == null && state != null && state.silent() && !state.gone()) {
                next = silent(state, cause);
            }
            if (next == null) {
                return cause;
            }
            if (visited.contains(next.node())) {
                return earliest; // they blame each other: cut off from each other, perhaps
            }
            cause = next;
        }
        return cause;
    }

    private static NodeFailure silent(NodeStates.State state, NodeFailure waiting) {
        return new NodeFailure(
                state.name(),
                state.info().task().host(),
                state.lastHeard(),
                OptionalInt.empty(),
                "it has said nothing for " + state.quiet().toSeconds() + " s though its connection stands, and "
                        + waiting.node() + " waited for it: process "
                        + state.info().pid()
                        + " is frozen, swapped out or cut off",
                "",
                List.of());
    }

    /** A node that went without a word, and whose launcher could not report its exit code either, may have gone with its executor. */
    private NodeFailure withExecutor(NodeFailure failure) {
        NodeStates.State state = states.get(failure.node());
        if (failure.exitCode().isPresent() || !failure.stackTrace().isEmpty() || state == null) {
            return failure;
        }
        String executor = state.info().executorId();
        return executorRemoved
                .apply(executor)
                .map(reason -> failure.withMessage(failure.message() + "; it went with its executor " + executor
                        + ", which Spark removed: " + reason))
                .orElse(failure);
    }
}
