package io.tfcluster.benchmarks;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The limit of a ring: processes in a circle, each of which sends so many bytes to the next and receives as many from the previous, both at
 * once, with bare sockets from and into direct memory. Nobody adds, and nobody waits for anything but its sockets.
 */
final class BareCircle implements AutoCloseable {
    private static final int BLOCK_BYTES = 1 << 20;
    private static final int SMALL_BYTES = 8 << 10;

    private final SocketChannel next;
    private final SocketChannel previous;
    private final ByteBuffer source;
    private final ByteBuffer target;
    private final long bytes;
    private final ExecutorService sender = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "bare-send");
        thread.setDaemon(true);
        return thread;
    });

    private BareCircle(SocketChannel next, SocketChannel previous, int vectorBytes, long bytes) {
        this.next = next;
        this.previous = previous;
        this.source = ByteBuffer.allocateDirect(vectorBytes);
        this.target = ByteBuffer.allocateDirect(vectorBytes);
        this.bytes = bytes;
    }

    /**
     * Closes the circle.
     *
     * @param vectorBytes size of the memory that is sent from and received into
     */
    static BareCircle of(RingPeer peer, int vectorBytes) throws IOException {
        int size = peer.ring().size();
        int nextPort = peer.barePorts().get((peer.ring().rank() + 1) % size);
        SocketChannel next = SocketChannel.open(new InetSocketAddress("127.0.0.1", nextPort));
        next.setOption(StandardSocketOptions.TCP_NODELAY, true);
        SocketChannel previous = peer.listening().accept();
        return new BareCircle(next, previous, vectorBytes, 2L * (size - 1) * vectorBytes / size);
    }

    /** Moves as many bytes as an all-reduce: 2(P-1)/P of the vector, each way. */
    void pass() {
        try {
            if (bytes <= SMALL_BYTES) {
                send();
                receive();
                return;
            }
            Future<?> sending = sender.submit(() -> {
                send();
                return true;
            });
            receive();
            sending.get();
        } catch (IOException | ExecutionException e) {
            throw new IllegalStateException("the bare circle broke", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private void send() throws IOException {
        int at = 0;
        for (long left = bytes; left > 0; ) {
            ByteBuffer block = block(source, at, left);
            left -= block.remaining();
            at = (at + block.remaining()) % source.capacity();
            while (block.hasRemaining()) {
                next.write(block);
            }
        }
    }

    private void receive() throws IOException {
        int at = 0;
        for (long left = bytes; left > 0; ) {
            ByteBuffer block = block(target, at, left);
            left -= block.remaining();
            at = (at + block.remaining()) % target.capacity();
            while (block.hasRemaining()) {
                if (previous.read(block) < 0) {
                    throw new EOFException("the previous process closed its socket");
                }
            }
        }
    }

    private static ByteBuffer block(ByteBuffer memory, int at, long left) {
        return memory.slice(at, (int) Math.min(Math.min(BLOCK_BYTES, left), memory.capacity() - at));
    }

    @Override
    public void close() throws IOException {
        sender.shutdownNow();
        next.close();
        previous.close();
    }
}
