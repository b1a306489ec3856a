package io.tfcluster.reservation;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * The connections whose peers have not introduced themselves yet, the eldest first. Each costs a file descriptor, which whoever reaches the
 * port could use up: with one too many the eldest gives way, which for a peer that knows the secret takes two round trips only.
 */
final class Strangers {
    private static final int LEAST = 1024;
    private static final int PER_NODE = 2; // the node's own connection, and its executor's

    private final int limit;
    private final Set<Connection> waiting = new LinkedHashSet<>();

    Strangers(int nodes) {
        this.limit = LEAST + PER_NODE * nodes;
    }

    /** Adds one; returns the one that has to go for it, if any. */
    synchronized Optional<Connection> add(Connection connection) {
        waiting.add(connection);
        if (waiting.size() <= limit) {
            return Optional.empty();
        }
        Iterator<Connection> all = waiting.iterator();
        Connection eldest = all.next();
        all.remove();
        return Optional.of(eldest);
    }

    synchronized void remove(Connection connection) {
        waiting.remove(connection);
    }

    int limit() {
        return limit;
    }
}
