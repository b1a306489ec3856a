package io.tfcluster.benchmarks.fuzz;

import io.tfcluster.reservation.ClusterTemplate;
import io.tfcluster.reservation.NodeId;
import io.tfcluster.reservation.NodeInfo;
import io.tfcluster.reservation.NodeProgress;
import io.tfcluster.reservation.ReservationClient;
import io.tfcluster.reservation.ReservationServer;
import io.tfcluster.reservation.Role;
import io.tfcluster.reservation.TaskSpec;
import io.tfcluster.transport.ClusterSecret;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** The driver's reservation server; an honest node sends heartbeats and answers notices. */
final class ControlVictim implements Victim {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String CLUSTER = "fuzzed";

    private final ClusterSecret secret = ClusterSecret.random();
    private final ReservationServer server;
    private final ReservationClient node;
    private final List<byte[]> conversation;
    private final Semaphore noticed = new Semaphore(0);
    private final HonestSession session;

    private ControlVictim() {
        server = ReservationServer.builder(ClusterTemplate.of(2, 0, false, Optional.empty()), secret)
                .clusterId(CLUSTER)
                .heartbeatLimit(Duration.ofSeconds(60))
                .start();
        conversation = record();
        // The highest attempt there is: an insider that happens to say it is this node cannot replace it.
        node = connect(server.address(), 0, Integer.MAX_VALUE);
        node.register(info(0));
        node.startHeartbeats(Duration.ofMillis(50), ControlVictim::progress);
        node.onNotice((topic, details) -> noticed.release());
        session = HonestSession.start(name(), () -> {
            if (!server.send(0, "ping", Map.of("a", "b"))) {
                throw new IllegalStateException("the node is not connected any more");
            }
            if (!noticed.tryAcquire(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("the node did not hear a notice within " + LIMIT);
            }
        });
    }

    static Victim start() {
        return new ControlVictim();
    }

    private ReservationClient connect(InetSocketAddress address, int ordinal, int attempt) {
        return ReservationClient.connect(
                address, secret, CLUSTER, 0, new NodeId(ordinal, attempt), Optional.empty(), LIMIT);
    }

    private static NodeInfo info(int ordinal) {
        return new NodeInfo(
                new TaskSpec(Role.WORKER, ordinal, "127.0.0.1", 2000 + ordinal),
                4711,
                "executor-" + ordinal,
                Map.of("ring", "127.0.0.1:3000"));
    }

    private static NodeProgress progress() {
        return new NodeProgress("training", 3, 17, 4711, 100, Duration.ofMillis(20), Map.of("loss", 0.5));
    }

    private List<byte[]> record() {
        try (Tap tap = new Tap(server.address(), secret, purpose());
                ReservationClient peer = connect(tap.address(), 1, 0)) {
            peer.register(info(1));
            peer.startHeartbeats(Duration.ofSeconds(60), ControlVictim::progress);
            peer.notice("feed.terminated", Map.of("feed", "train", "rows", "7"));
            peer.log(List.of("one line", "another"));
            peer.farewell(Map.of("accuracy", "0.9"));
            return tap.longest();
        }
    }

    @Override
    public String name() {
        return "control";
    }

    @Override
    public InetSocketAddress address() {
        return server.address();
    }

    @Override
    public ClusterSecret secret() {
        return secret;
    }

    @Override
    public String purpose() {
        return "control";
    }

    @Override
    public List<byte[]> conversation() {
        return conversation;
    }

    @Override
    public boolean framed() {
        return true;
    }

    @Override
    public long exchanges() {
        return session.count();
    }

    @Override
    public void check(long further) {
        session.check(further);
    }

    @Override
    public void close() {
        session.close();
        node.close();
        server.close();
    }
}
