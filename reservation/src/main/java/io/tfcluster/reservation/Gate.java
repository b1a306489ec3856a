package io.tfcluster.reservation;

import io.tfcluster.transport.ClusterSecret;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a peer must know to be let in, and the count of those who did not. */
final class Gate {
    private static final Logger log = LoggerFactory.getLogger(Gate.class);

    final ClusterSecret secret;
    final String clusterId;
    final int generation;
    final int size;
    final Duration limit;
    final Strangers strangers;
    private final AtomicInteger rejected = new AtomicInteger();
    private volatile boolean closed;

    Gate(ClusterSecret secret, String clusterId, int generation, int size, Duration limit) {
        this.secret = secret;
        this.clusterId = clusterId;
        this.generation = generation;
        this.size = size;
        this.limit = limit;
        this.strangers = new Strangers(size);
    }

    void count(String peer, String reason) {
        if (closed) {
            return;
        }
        int count = rejected.incrementAndGet();
        if (Integer.bitCount(count) == 1) { // 1, 2, 4, 8, …: a flood must not fill the log
            log.warn("dropped a control connection from {} ({}); {} so far", peer, reason, count);
        }
    }

    int rejected() {
        return rejected.get();
    }

    /** Connections that end from now on do so because this side closes them. */
    void close() {
        closed = true;
    }
}
