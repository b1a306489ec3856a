package io.tfcluster.reservation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.transport.ChannelException;
import io.tfcluster.transport.ClusterSecret;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node on a host that is short of processors says too little in time; the server closes, and the node must come again. */
@Timeout(90)
final class SlowStartTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** Passes on to the server; but the first connection ends after so long, with nothing said. */
    private static final class Impatient implements AutoCloseable {
        private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final InetSocketAddress server;
        private final long patienceMillis;
        private final AtomicInteger connections = new AtomicInteger();
        private final List<Socket> open = new ArrayList<>();

        Impatient(InetSocketAddress server, long patienceMillis) throws IOException {
            this.server = server;
            this.patienceMillis = patienceMillis;
            start(this::accept);
        }

        InetSocketAddress address() {
            return new InetSocketAddress(socket.getInetAddress(), socket.getLocalPort());
        }

        private static void start(Runnable work) {
            Thread thread = new Thread(work, "impatient");
            thread.setDaemon(true);
            thread.start();
        }

        private void accept() {
            try {
                while (true) {
                    Socket node = socket.accept();
                    if (connections.incrementAndGet() == 1) {
                        TimeUnit.MILLISECONDS.sleep(patienceMillis);
                        node.close();
                    } else {
                        Socket onward = new Socket(server.getAddress(), server.getPort());
                        open.addAll(List.of(node, onward));
                        start(() -> pass(node, onward));
                        start(() -> pass(onward, node));
                    }
                }
            } catch (IOException | InterruptedException e) {
                // closed
            }
        }

        private static void pass(Socket from, Socket to) {
            try (from;
                    to) {
                from.getInputStream().transferTo(to.getOutputStream());
            } catch (IOException e) {
                // one side has left
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
            for (Socket each : open) {
                each.close();
            }
        }
    }

    private static ReservationClient connect(InetSocketAddress address, ClusterSecret secret) {
        return ReservationClient.connect(address, secret, "flowers", 3, new NodeId(0, 0), Optional.empty(), LIMIT);
    }

    @Test
    void aConnectionThatWasDroppedForSlownessIsMadeAgain() throws Exception {
        try (Rig rig = new Rig(1);
                Impatient between = new Impatient(rig.server.address(), 5_500);
                ReservationClient node = connect(between.address(), rig.secret)) {
            node.register(Rig.info(0, 2000));

            assertThat(node.awaitCluster(LIMIT).nodes()).hasSize(1);
            assertThat(between.connections).hasValue(2);
        }
    }

    @Test
    void whoIsRefusedAtOnceDoesNotComeAgain() throws Exception {
        try (Rig rig = new Rig(1);
                Impatient between = new Impatient(rig.server.address(), 0)) {
            assertThatThrownBy(() -> connect(between.address(), rig.secret)).isInstanceOf(ChannelException.class);
            assertThat(between.connections).hasValue(1);
        }
    }
}
