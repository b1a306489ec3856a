package io.tfcluster.training;

import io.tfcluster.training.ring.Ring;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/** Short texts that all workers of a ring tell each other, and work that one does for all. */
final class Gather {
    private Gather() {}

    /** Returns what each rank says, in the order of ranks. */
    static List<String> texts(Ring ring, String mine, Duration patience) {
        return ring.allGather(StandardCharsets.UTF_8.encode(mine), patience).stream()
                .map(bytes -> StandardCharsets.UTF_8.decode(bytes).toString())
                .toList();
    }

    /** As {@link Strategy#alone}. */
    static void alone(Ring ring, String phase, Runnable work, Duration patience) {
        RuntimeException failure = null;
        if (ring.rank() == 0) {
            try {
                work.run();
            } catch (RuntimeException e) {
                failure = e;
            }
        }
        String told = texts(ring, failure == null ? "" : "!" + failure.getMessage(), patience)
                .get(0);
        if (failure != null) {
            throw failure;
        }
        if (!told.isEmpty()) {
            throw new IllegalStateException(phase + " failed: rank 0: " + told.substring(1));
        }
    }
}
