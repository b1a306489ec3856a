package io.tfcluster;

import io.tfcluster.reservation.ClusterTemplate;
import io.tfcluster.reservation.ReservationTimeoutException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gets the nodes of one generation together: all that were asked for, or, where the {@link RestartPolicy} allows it, as many as there are slots for. */
final class Assembly {
    private static final Logger log = LoggerFactory.getLogger(Assembly.class);

    /** Opens a generation and launches its nodes. */
    interface Opening {
        Generation open(int number, ClusterTemplate template);
    }

    private final Blueprint blueprint;
    private final RestartPolicy policy;
    private final Opening opening;

    Assembly(Blueprint blueprint, Opening opening) {
        this.blueprint = blueprint;
        this.policy = blueprint.config().restarts();
        this.opening = opening;
    }

    /**
     * Opens a generation and waits for its nodes; with fewer of them, under the number after it, if there are not slots for all.
     *
     * @throws ReservationTimeoutException if too few came in time
     */
    Generation standing(int number) {
        ClusterConfig config = blueprint.config();
        Generation next = opening.open(number, config.template());
        Duration left = config.reservationTimeout();
        boolean mayShrink = number > 0 && policy.minWorkers() > 0;
        Duration wait = mayShrink && policy.fullWait().compareTo(left) < 0 ? policy.fullWait() : left;
        while (true) {
            try {
                next.awaitNodes(wait);
                return next;
            } catch (ReservationTimeoutException e) {
                left = left.minus(wait);
                if (left.isNegative() || left.isZero()) {
                    throw e;
                }
                int size = mayShrink ? smaller(next) : 0;
                if (size > 0) {
                    log.warn(
                            "cluster {} goes on with {} of {} nodes: there are no slots for the others",
                            blueprint.id(),
                            size,
                            config.nodes());
                    next.end("there are too few slots");
                    next = opening.open(next.number() + 1, config.template(size));
                    mayShrink = false;
                }
                wait = mayShrink && wait.compareTo(left) < 0 ? wait : left;
            }
        }
    }

    /** Returns how many nodes there are slots for, if that is enough to go on with; otherwise 0. */
    private int smaller(Generation waiting) {
        int arrived = waiting.server().nodes().size(); // those beside the driver among them
        ClusterTemplate all = waiting.plan().template();
        int others =
                (int) all.slots().stream().filter(slot -> !slot.role().trains()).count();
        return arrived < all.size() && arrived - others >= policy.minWorkers() ? arrived : 0;
    }
}
