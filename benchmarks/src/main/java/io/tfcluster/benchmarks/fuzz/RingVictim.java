package io.tfcluster.benchmarks.fuzz;

import io.tfcluster.training.ring.Ring;
import io.tfcluster.training.ring.RingListener;
import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.PortRange;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;

/** A ring of two that adds vectors up; its listeners stay open while it stands, as in a node. */
final class RingVictim implements Victim {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int LENGTH = 5_000;

    private final ClusterSecret secret = ClusterSecret.random();
    private final Optional<SSLContext> tls;
    private final List<RingListener> listeners = new ArrayList<>();
    private final List<Ring> rings = new ArrayList<>();
    private final List<HonestSession> sessions = new ArrayList<>();

    private RingVictim(Optional<SSLContext> tls) throws Exception {
        this.tls = tls;
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (int rank = 0; rank < 2; rank++) {
            listeners.add(RingListener.open("127.0.0.1", PortRange.ANY, secret, tls));
            addresses.add(new InetSocketAddress("127.0.0.1", listeners.get(rank).port()));
        }
        CompletableFuture<Ring> other =
                CompletableFuture.supplyAsync(() -> listeners.get(1).form(1, addresses, LIMIT, LIMIT));
        rings.add(listeners.get(0).form(0, addresses, LIMIT, LIMIT));
        rings.add(other.get(LIMIT.toSeconds(), TimeUnit.SECONDS));
        for (Ring ring : rings) {
            ByteBuffer vector = ByteBuffer.allocateDirect(4 * LENGTH).order(ByteOrder.nativeOrder());
            sessions.add(HonestSession.start("ring-" + ring.rank(), () -> add(ring, vector)));
        }
    }

    static Victim start() {
        return start(Optional.empty());
    }

    static Victim overTls() {
        return start(Optional.of(OwnKey.tls()));
    }

    private static Victim start(Optional<SSLContext> tls) {
        try {
            return new RingVictim(tls);
        } catch (Exception e) {
            throw new IllegalStateException("the ring could not be formed: " + e.getMessage(), e);
        }
    }

    private static void add(Ring ring, ByteBuffer vector) {
        for (int i = 0; i < LENGTH; i++) {
            vector.putFloat(4 * i, i + ring.rank());
        }
        ring.allReduceSum(vector);
        for (int i = 0; i < LENGTH; i++) {
            if (vector.getFloat(4 * i) != 2f * i + 1) {
                throw new IllegalStateException("sum " + i + " is " + vector.getFloat(4 * i));
            }
        }
    }

    @Override
    public String name() {
        return tls.isPresent() ? "ring.tls" : "ring";
    }

    @Override
    public Optional<SSLContext> tls() {
        return tls;
    }

    @Override
    public InetSocketAddress address() {
        return new InetSocketAddress("127.0.0.1", listeners.get(0).port());
    }

    @Override
    public ClusterSecret secret() {
        return secret;
    }

    @Override
    public String purpose() {
        return "ring";
    }

    @Override
    public List<byte[]> conversation() {
        return List.of(HostileRank.hello(), HostileRank.operation());
    }

    @Override
    public boolean framed() {
        return false;
    }

    @Override
    public boolean answersInsiders() {
        return false; // a ring that stands looks at nobody new
    }

    /** Rings with a broken neighbour: only while one forms does a listener look at what comes. */
    @Override
    public long more(long insiders, Mutator mutator) {
        return tls.isPresent() ? 0 : HostileRank.attack(Math.min(500, Math.max(10, insiders / 100)), mutator);
    }

    @Override
    public long exchanges() {
        return sessions.get(0).count();
    }

    @Override
    public void check(long further) {
        sessions.forEach(session -> session.check(further));
    }

    @Override
    public void close() {
        sessions.forEach(HonestSession::ending);
        rings.forEach(Ring::close);
        sessions.forEach(HonestSession::close);
        listeners.forEach(RingListener::close);
    }
}
