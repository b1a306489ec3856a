package io.tfcluster;

import io.tfcluster.reservation.ClusterTemplate;
import io.tfcluster.reservation.ReservationListener;
import java.time.Duration;
import java.util.List;

/** Hands the driver's side of a cluster's events to the benchmarks: it is no API, and only from within its package can it be seen. */
public final class DriverEvents {
    private DriverEvents() {}

    /** Returns what a driver tells its listeners of what the reservation server hears. */
    public static ReservationListener of(ClusterTemplate template, ClusterListener listener) {
        NodeStates states = new NodeStates(template, Duration.ofSeconds(1));
        return new ClusterEvents(template, states, List.of(listener), failure -> {});
    }
}
