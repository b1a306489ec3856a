package io.tfcluster.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Scanner;

/**
 * The least that moves bytes from one process to another: a child writes blocks of 1 MiB to a socket, this process reads them into direct
 * memory, over and over into the same. No rows, no frames, nobody who looks at them; socket buffers as the system has them.
 */
final class BareSocket {
    /** Which kind of socket. */
    enum Way {
        UNIX,
        TCP
    }

    private static final int BLOCK_BYTES = 1 << 20;
    private static final int CONNECT_MILLIS = 30_000;

    /**
     * What it was.
     *
     * @param bytesPerSecond from the first to the last byte that came
     * @param senderCpu processor seconds of the sending thread for each byte
     * @param receiverCpu the same of the receiving thread
     */
    record Speed(double bytesPerSecond, double senderCpu, double receiverCpu) {
        Speed better(Speed other) {
            return new Speed(
                    Math.max(bytesPerSecond, other.bytesPerSecond),
                    Math.min(senderCpu, other.senderCpu),
                    Math.min(receiverCpu, other.receiverCpu));
        }
    }

    private BareSocket() {}

    /** Moves so many bytes. */
    static Speed speed(Way way, long bytes) {
        try {
            Path folder = Files.createTempDirectory("tfcluster-bare-");
            Path file = folder.resolve("socket");
            try (ServerSocketChannel listening = listen(way, file);
                    ChildJvm child = ChildJvm.start(BareSocket.class)) {
                child.say(way + " "
                        + (way == Way.UNIX
                                ? file.toString()
                                : listening.socket().getLocalPort()) + " " + bytes);
                try (SocketChannel channel = accept(listening)) {
                    long before = ThreadCpu.ofThisThread();
                    double rate = receive(channel, bytes);
                    double receiver = (ThreadCpu.ofThisThread() - before) / 1e9 / bytes;
                    double sender = Long.parseLong(child.hear("sent ")) / 1e9 / bytes;
                    return new Speed(rate, sender, receiver);
                }
            } finally {
                Files.deleteIfExists(file);
                Files.delete(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the bare " + way + " socket broke: " + e.getMessage(), e);
        }
    }

    private static ServerSocketChannel listen(Way way, Path file) throws IOException {
        if (way == Way.TCP) {
            return ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0));
        }
        return ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(file));
    }

    /** A child that cannot start must not be waited for without end. */
    private static SocketChannel accept(ServerSocketChannel listening) throws IOException {
        try (Selector selector = Selector.open()) {
            listening.configureBlocking(false);
            listening.register(selector, SelectionKey.OP_ACCEPT);
            if (selector.select(CONNECT_MILLIS) == 0) {
                throw new IOException("the sending process did not connect within " + CONNECT_MILLIS + " ms");
            }
            SocketChannel channel = listening.accept();
            channel.configureBlocking(true);
            return channel;
        }
    }

    private static double receive(SocketChannel channel, long bytes) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(BLOCK_BYTES);
        long first = channel.read(block);
        long start = System.nanoTime();
        long received = first;
        while (received < bytes) {
            if (!block.hasRemaining()) {
                block.clear();
            }
            int read = channel.read(block);
            if (read < 0) {
                throw new IOException("the sender closed after " + received + " of " + bytes + " bytes");
            }
            received += read;
        }
        return (received - first) / ((System.nanoTime() - start) / 1e9);
    }

    /** The sender: reads kind, file or port, and the number of bytes from standard input. Ends with its parent. */
    public static void main(String[] args) throws IOException {
        Scanner in = new Scanner(System.in, StandardCharsets.UTF_8);
        Way way = Way.valueOf(in.next());
        String address = in.next();
        long bytes = in.nextLong();
        ChildJvm.endWithParent(in);
        try (SocketChannel channel = way == Way.TCP
                ? SocketChannel.open(new InetSocketAddress("127.0.0.1", Integer.parseInt(address)))
                : SocketChannel.open(UnixDomainSocketAddress.of(address))) {
            long before = ThreadCpu.ofThisThread();
            send(channel, bytes);
            System.out.println("sent " + (ThreadCpu.ofThisThread() - before));
        }
    }

    private static void send(SocketChannel channel, long bytes) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(BLOCK_BYTES);
        for (int i = 0; i < BLOCK_BYTES; i++) {
            block.put(i, (byte) i);
        }
        for (long left = bytes; left > 0; left -= block.limit()) {
            block.clear().limit((int) Math.min(left, BLOCK_BYTES));
            while (block.hasRemaining()) {
                channel.write(block);
            }
        }
    }
}
