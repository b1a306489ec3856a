package io.tfcluster.reservation;

import io.tfcluster.transport.ClusterSecret;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** A server of {@code n} workers on 127.0.0.1 with a recorder, and its clients; all closed together. */
final class Rig implements AutoCloseable {
    static final Duration TIMEOUT = Duration.ofSeconds(10);
    final ClusterSecret secret = ClusterSecret.random();
    final Recorder heard = new Recorder();
    final ReservationServer server;
    final List<ReservationClient> clients = new ArrayList<>();

    Rig(int workers, UnaryOperator<ReservationServer.Builder> options) {
        ClusterTemplate template = ClusterTemplate.of(workers, 0, false, Optional.empty());
        server = options.apply(ReservationServer.builder(template, secret)
                        .clusterId("flowers")
                        .generation(3)
                        .listener(heard))
                .start();
    }

    Rig(int workers) {
        this(workers, options -> options);
    }

    ReservationClient connect(int ordinal, int attempt) {
        ReservationClient client = ReservationClient.connect(
                server.address(), secret, "flowers", 3, new NodeId(ordinal, attempt), Optional.empty(), TIMEOUT);
        clients.add(client);
        return client;
    }

    ReservationClient join(int ordinal, int attempt) {
        ReservationClient client = connect(ordinal, attempt);
        client.register(info(ordinal, 2000 + 10 * attempt + ordinal));
        return client;
    }

    static NodeInfo info(int ordinal, int port) {
        return new NodeInfo(
                new TaskSpec(Role.WORKER, ordinal, "127.0.0.1", port),
                4711,
                "exec-" + ordinal,
                Map.of("ring", "127.0.0.1:" + (port + 1000), "feed.unix", "/tmp/feed-" + ordinal));
    }

    @Override
    public void close() {
        server.close();
        clients.forEach(ReservationClient::close);
    }
}
