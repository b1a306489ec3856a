package io.tfcluster.benchmarks;

import io.tfcluster.training.ring.Ring;
import io.tfcluster.training.ring.RingListener;
import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.PortRange;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Scanner;

/**
 * A child's place in the circle.
 *
 * @param ring that is closed
 * @param listening where the previous rank's bare socket comes in
 * @param barePorts where all ranks listen for bare sockets
 */
record RingPeer(Ring ring, ServerSocketChannel listening, List<Integer> barePorts) implements AutoCloseable {
    static final Duration FORM = Duration.ofSeconds(60);
    static final Duration PEER = Duration.ofSeconds(30);
    private static final String HOST = "127.0.0.1";

    /** Joins the circle that {@link RingPeers} tells of. */
    static RingPeer join(Scanner in) throws IOException {
        int rank = in.nextInt();
        int size = in.nextInt();
        ClusterSecret secret = ClusterSecret.of(HexFormat.of().parseHex(in.next()));
        try (RingListener listener = RingListener.open(HOST, PortRange.ANY, secret)) {
            ServerSocketChannel bare = ServerSocketChannel.open().bind(new InetSocketAddress(HOST, 0));
            System.out.println(
                    "listening " + listener.port() + " " + bare.socket().getLocalPort());
            List<InetSocketAddress> addresses = new ArrayList<>();
            List<Integer> barePorts = new ArrayList<>();
            for (int i = 0; i < size; i++) {
                addresses.add(new InetSocketAddress(HOST, in.nextInt()));
                barePorts.add(in.nextInt());
            }
            return new RingPeer(listener.form(rank, addresses, FORM, PEER), bare, List.copyOf(barePorts));
        }
    }

    /** Returns the means over all ranks; returns on all at about the same time. */
    double[] means(double... numbers) {
        double[] sums = numbers.clone();
        ring.reduceSum(sums, PEER);
        for (int i = 0; i < sums.length; i++) {
            sums[i] /= ring.size();
        }
        return sums;
    }

    @Override
    public void close() throws IOException {
        ring.close();
        listening.close();
    }
}
