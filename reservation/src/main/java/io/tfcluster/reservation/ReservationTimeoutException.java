package io.tfcluster.reservation;

import java.time.Duration;
import java.util.List;
import java.util.function.IntFunction;

/** Not all nodes registered in time. */
public final class ReservationTimeoutException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final int NAMED = 20;

    private final Duration timeout;
    private final List<String> arrived;
    private final List<String> missing;

    private ReservationTimeoutException(String message, Duration timeout, List<String> arrived, List<String> missing) {
        super(message);
        this.timeout = timeout;
        this.arrived = arrived;
        this.missing = missing;
    }

    static ReservationTimeoutException of(
            Duration timeout,
            ClusterTemplate template,
            List<Integer> arrived,
            List<Integer> missing,
            IntFunction<String> missingTasks) {
        StringBuilder text = new StringBuilder();
        text.append(arrived.size()).append(" of ").append(template.size());
        text.append(" tasks registered within ").append(timeout).append("; arrived: ");
        list(text, arrived, template::name);
        text.append("; missing: ");
        list(text, missing, ordinal -> {
            String doing = missingTasks.apply(ordinal);
            return doing.isEmpty() ? template.name(ordinal) : template.name(ordinal) + " (" + doing + ")";
        });
        text.append(". Give the job ")
                .append(template.size())
                .append(" executors at once or raise reservationTimeout.");
        return new ReservationTimeoutException(
                text.toString(),
                timeout,
                arrived.stream().map(template::name).toList(),
                missing.stream().map(template::name).toList());
    }

    private static void list(StringBuilder text, List<Integer> ordinals, IntFunction<String> name) {
        text.append('[');
        for (int i = 0; i < Math.min(NAMED, ordinals.size()); i++) {
            text.append(i == 0 ? "" : ", ").append(name.apply(ordinals.get(i)));
        }
        if (ordinals.size() > NAMED) {
            text.append(", and ").append(ordinals.size() - NAMED).append(" more");
        }
        text.append(']');
    }

    /** Returns how long was waited. */
    public Duration timeout() {
        return timeout;
    }

    /** Returns the names of the nodes that registered. */
    public List<String> arrived() {
        return List.copyOf(arrived);
    }

    /** Returns the names of the nodes that did not. */
    public List<String> missing() {
        return List.copyOf(missing);
    }
}
