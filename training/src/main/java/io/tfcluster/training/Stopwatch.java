package io.tfcluster.training;

import java.time.Duration;

/** Time since it was made or last asked. */
final class Stopwatch {
    private long last = System.nanoTime();

    Duration lap() {
        long now = System.nanoTime();
        Duration lap = Duration.ofNanos(now - last);
        last = now;
        return lap;
    }
}
