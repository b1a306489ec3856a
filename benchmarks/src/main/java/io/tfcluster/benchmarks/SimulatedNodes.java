package io.tfcluster.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.Handshake;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Thousands of nodes in one process of its own: one thread, one selector, and the wire protocol written by hand, so that what is
 * measured is the server. One node reads what the cluster frames say; the others check that they got the same bytes.
 *
 * <p>A node without a secret is a bare one, for the limit: it sends as many bytes as a registration has and reads as many as told.
 */
final class SimulatedNodes {
    /** How many connect at once; more would only wait in the kernel's queue. */
    private static final int CONNECTING = 256;

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Plan plan;
    private final Selector selector;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(256 << 10);
    private final List<Peer> peers = new ArrayList<>();
    private int settled;
    private int done;
    private long expectedBytes;
    private long expectedSum;

    /** What the parent tells: {@code bareBytes} is 0 for real nodes, {@code beatMillis} for nodes that say nothing after they have registered. */
    private record Plan(
            InetSocketAddress server, int nodes, String secret, String cluster, long bareBytes, long beatMillis) {}

    private SimulatedNodes(Plan plan, Selector selector) {
        this.plan = plan;
        this.selector = selector;
        this.expectedBytes = plan.bareBytes();
    }

    /** Reads one line from standard input: host, port, nodes, secret in hex, cluster id, bytes, milliseconds between heartbeats. Ends with its parent. */
    public static void main(String[] args) throws IOException {
        Scanner in = new Scanner(System.in, StandardCharsets.UTF_8);
        Plan plan = new Plan(
                new InetSocketAddress(in.next(), in.nextInt()),
                in.nextInt(),
                in.next(),
                in.next(),
                in.nextLong(),
                in.nextLong());
        Thread lifeline = ChildJvm.endWithParent(in);
        System.out.println("connecting");
        try (Selector selector = Selector.open()) {
            SimulatedNodes nodes = new SimulatedNodes(plan, selector);
            nodes.run();
            System.out.println("received " + nodes.expectedBytes);
            if (plan.beatMillis() > 0) {
                nodes.beat(lifeline);
            }
        }
        lifelineKeepsConnectionsOpen(lifeline);
    }

    /** Nodes stay connected until the parent has looked at its memory. */
    private static void lifelineKeepsConnectionsOpen(Thread lifeline) {
        try {
            lifeline.join(600_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() throws IOException {
        while (done < plan.nodes()) {
            while (peers.size() < plan.nodes() && peers.size() - settled < CONNECTING) {
                peers.add(new Peer(peers.size()));
            }
            if (selector.select(60_000) == 0) {
                throw new IOException("nothing came for 60 s; " + done + " of " + plan.nodes() + " nodes are done");
            }
            for (Iterator<SelectionKey> keys = selector.selectedKeys().iterator(); keys.hasNext(); ) {
                SelectionKey key = keys.next();
                keys.remove();
                ((Peer) key.attachment()).ready(key);
            }
        }
    }

    /** Every node says once in each interval how far it is, spread over the interval as nodes of their own would be. */
    private void beat(Thread lifeline) throws IOException {
        long interval = plan.beatMillis() * 1_000_000;
        long start = System.nanoTime();
        for (long beat = 0; lifeline.isAlive(); beat++) {
            for (int i = 0; i < peers.size(); i++) {
                long due = start + beat * interval + interval * i / peers.size();
                long wait = due - System.nanoTime();
                if (wait > 1_000_000) {
                    LockSupport.parkNanos(wait);
                }
                peers.get(i).beat(beat);
            }
        }
    }

    private final class Peer {
        private final int ordinal;
        private final SocketChannel channel;
        private final Handshake.@Nullable Initiator initiator;
        private final CRC32 sum = new CRC32();
        private ByteBuffer part = ByteBuffer.allocate(Handshake.CHALLENGE_BYTES);
        private int step;
        private long bytes;
        private int frameLeft;
        private boolean finished;

        Peer(int ordinal) throws IOException {
            this.ordinal = ordinal;
            this.initiator = plan.bareBytes() > 0
                    ? null
                    : new Handshake.Initiator(ClusterSecret.of(HexFormat.of().parseHex(plan.secret())), "control");
            channel = SocketChannel.open();
            channel.configureBlocking(false);
            channel.connect(plan.server());
            channel.register(selector, SelectionKey.OP_CONNECT, this);
        }

        void ready(SelectionKey key) throws IOException {
            if (key.isConnectable()) {
                channel.finishConnect();
                key.interestOps(SelectionKey.OP_READ);
                if (initiator == null) {
                    send(ByteBuffer.allocate(
                            Handshake.RESPONSE_BYTES + registration(ordinal, "").remaining()));
                    settled++;
                    step = 2;
                }
            } else {
                read();
            }
        }

        private void read() throws IOException {
            buffer.clear();
            if (channel.read(buffer) < 0) {
                throw new IOException("the server closed the connection of node " + ordinal);
            }
            buffer.flip();
            while (buffer.hasRemaining()) {
                switch (step) {
                    case 0, 1 -> shake();
                    case 2 -> take();
                    default -> throw new IllegalStateException("step " + step);
                }
            }
            if (!finished && expectedBytes > 0 && bytes == expectedBytes && frameLeft == 0) {
                finish();
            }
        }

        private void shake() throws IOException {
            if (!fill() || initiator == null) {
                return;
            }
            if (step == 0) {
                send(ByteBuffer.wrap(initiator.respond(part.array())));
                part = ByteBuffer.allocate(Handshake.PROOF_BYTES);
            } else {
                initiator.verify(part.array());
                send(registration(ordinal, plan.cluster()));
                part = ByteBuffer.allocate(4);
                settled++;
            }
            step++;
        }

        private boolean fill() {
            while (part.hasRemaining() && buffer.hasRemaining()) {
                part.put(buffer.get());
            }
            return !part.hasRemaining();
        }

        /** Bare nodes count bytes; real ones cut frames, count those of the cluster, and node 0 reads them. */
        private void take() throws IOException {
            if (initiator == null) {
                count(buffer);
                return;
            }
            if (frameLeft == 0) {
                if (!fill()) {
                    return;
                }
                frameLeft = part.getInt(0);
                boolean cluster = frameLeft > 200; // welcome and registered are far smaller
                part = ByteBuffer.allocate(ordinal == 0 || !cluster ? frameLeft : 0);
            }
            if (part.capacity() > 0) {
                fill();
                frameLeft = part.remaining();
                if (frameLeft == 0) {
                    whole(part.array());
                }
            } else {
                int length = Math.min(frameLeft, buffer.remaining());
                ByteBuffer slice = buffer.slice(buffer.position(), length);
                buffer.position(buffer.position() + length);
                frameLeft -= length;
                count(slice);
            }
            if (frameLeft == 0) {
                part = ByteBuffer.allocate(4);
            }
        }

        private void whole(byte[] frame) throws IOException {
            JsonNode json = MAPPER.readTree(frame);
            if (json.path("type").asText().equals("cluster")) {
                count(ByteBuffer.wrap(frame));
                int upTo = json.path("first").asInt() + json.path("peers").size();
                if (upTo == json.path("total").asInt()) {
                    expectedBytes = bytes;
                    expectedSum = sum.getValue();
                    for (Peer peer : peers) { // those that were faster
                        if (peer != this && !peer.finished && peer.bytes == expectedBytes && peer.frameLeft == 0) {
                            peer.finish();
                        }
                    }
                }
            } else if (json.path("type").asText().equals("refused")) {
                throw new IOException("node " + ordinal + " was refused: " + json);
            }
        }

        private void count(ByteBuffer some) {
            bytes += some.remaining();
            sum.update(some);
        }

        private void finish() {
            if (plan.bareBytes() == 0 && sum.getValue() != expectedSum) {
                throw new IllegalStateException("node " + ordinal + " got another cluster than node 0");
            }
            finished = true;
            done++;
        }

        /** Its step is the moment at which it says so, for the one who wants to know how late that is heard. */
        void beat(long beat) throws IOException {
            byte[] text = ("{\"type\":\"heartbeat\",\"progress\":{\"phase\":\"training\",\"epoch\":" + beat
                            + ",\"step\":"
                            + System.currentTimeMillis() + ",\"rows\":" + 64 * beat
                            + ",\"rowsPerSecond\":64.0,\"feedWait\":\"PT0.5S\",\"metrics\":{\"loss\":0.25},\"feeds\":{},\"waits\":[]}}")
                    .getBytes(StandardCharsets.UTF_8);
            send(ByteBuffer.allocate(4 + text.length)
                    .putInt(text.length)
                    .put(text)
                    .flip());
        }

        private void send(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) { // a few hundred bytes always fit a fresh socket's buffer
                channel.write(bytes);
            }
        }
    }

    /** Hello and registration, as frames. */
    private static ByteBuffer registration(int ordinal, String cluster) {
        byte[] hello = ("{\"type\":\"hello\",\"version\":1,\"clusterId\":\"" + cluster
                        + "\",\"generation\":0,\"ordinal\":" + ordinal + ",\"attempt\":0}")
                .getBytes(StandardCharsets.UTF_8);
        String host = "10." + (ordinal >> 16) + "." + (ordinal >> 8 & 255) + "." + (ordinal & 255);
        byte[] register = ("{\"type\":\"register\",\"node\":{\"task\":{\"role\":\"WORKER\",\"index\":" + ordinal
                        + ",\"host\":\"" + host + "\",\"port\":40000},\"pid\":" + (1000 + ordinal)
                        + ",\"executorId\":\"" + ordinal + "\",\"endpoints\":{\"ring\":\"" + host
                        + ":40001\",\"feed.tcp\":\"" + host + ":40002\"}}}")
                .getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + hello.length + register.length)
                .putInt(hello.length)
                .put(hello)
                .putInt(register.length)
                .put(register)
                .flip();
    }
}
