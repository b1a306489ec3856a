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
import javax.net.ssl.SSLContext;

/** The driver's reservation server; an honest node sends heartbeats and answers notices. */
final class ControlVictim implements Victim {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String CLUSTER = "fuzzed";

    private final ClusterSecret secret = ClusterSecret.random();
    private final Optional<SSLContext> tls;
    private final ReservationServer server;
    private final ReservationClient node;
    private final List<byte[]> conversation;
    private final Semaphore noticed = new Semaphore(0);
    private final HonestSession session;

    private ControlVictim(Optional<SSLContext> tls) {
        this.tls = tls;
        ReservationServer.Builder serving = ReservationServer.builder(
                        ClusterTemplate.of(2, 0, false, Optional.empty()), secret)
                .clusterId(CLUSTER)
                .heartbeatLimit(Duration.ofSeconds(60));
        tls.ifPresent(serving::tls);
        server = serving.start();
        conversation = record();
        // The highest attempt there is: an insider that happens to say it is this node cannot replace it.
        node = connect(server.address(), 0, Integer.MAX_VALUE, tls);
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
        return new ControlVictim(Optional.empty());
    }

    static Victim overTls() {
        return new ControlVictim(Optional.of(OwnKey.tls()));
    }

    private ReservationClient connect(
            InetSocketAddress address, int ordinal, int attempt, Optional<SSLContext> encryption) {
        return ReservationClient.connect(address, secret, CLUSTER, 0, new NodeId(ordinal, attempt), encryption, LIMIT);
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
        try (Tap tap = new Tap(server.address(), secret, purpose(), tls);
                ReservationClient peer = connect(tap.address(), 1, 0, Optional.empty())) {
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
        return tls.isPresent() ? "control.tls" : "control";
    }

    @Override
    public Optional<SSLContext> tls() {
        return tls;
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
