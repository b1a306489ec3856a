package io.tfcluster.training.ring;

import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.PortRange;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;

/** Several workers as threads of this JVM, with real sockets between them. */
public final class Workers {
    static final Duration FORM = Duration.ofSeconds(10);
    static final Duration PEER = Duration.ofSeconds(20);

    private Workers() {}

    /** What each worker does. */
    public interface Work<T> {
        T run(Ring ring) throws Exception;
    }

    /** Runs the work on rings of {@code size} and returns what each rank answered. */
    public static <T> List<T> run(int size, Work<T> work) throws Exception {
        return run(size, PEER, work);
    }

    /** As above, with a limit for each wait within an operation. */
    public static <T> List<T> run(int size, Duration peerTimeout, Work<T> work) throws Exception {
        return run(size, peerTimeout, Optional.empty(), work);
    }

    /** As above, under TLS. */
    static <T> List<T> run(int size, Duration peerTimeout, Optional<SSLContext> tls, Work<T> work) throws Exception {
        ClusterSecret secret = ClusterSecret.random();
        List<RingListener> listeners = new ArrayList<>();
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            listeners.add(RingListener.open("127.0.0.1", PortRange.ANY, secret, tls));
            addresses.add(new InetSocketAddress("127.0.0.1", listeners.get(i).port()));
        }
        ExecutorService threads = Executors.newFixedThreadPool(size);
        try {
            List<Future<T>> answers = new ArrayList<>();
            for (int rank = 0; rank < size; rank++) {
                int mine = rank;
                answers.add(threads.submit(() -> {
                    try (RingListener listener = listeners.get(mine);
                            Ring ring = listener.form(mine, addresses, FORM, peerTimeout)) {
                        return work.run(ring);
                    }
                }));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> answer : answers) {
                results.add(answer.get(60, TimeUnit.SECONDS));
            }
            return results;
        } finally {
            threads.shutdownNow();
            listeners.forEach(RingListener::close);
        }
    }
}
