package io.tfcluster.training.ring;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntFunction;

/**
 * Runs passes over the connections to the neighbours: a header that says which operation it is, then what the pass sends and receives.
 *
 * <p>Two threads, the caller's receives and one of its own sends, unless all messages are small. Each message has a deadline: the peer timeout
 * once every rank is known to have begun, before that the caller's patience where it is more.
 */
final class RingRunner implements AutoCloseable {
    /** Fits in a connection's buffers, however small the system starts them, so nobody waits for a reader. */
    static final int INLINE_BYTES = 8 << 10;

    private static final int HEADER_BYTES = 16;
    private static final Duration JOIN_LIMIT = Duration.ofSeconds(2);

    private final RingLinks links;
    private final Duration peerTimeout;
    private final ExecutorService sender;
    private final ByteBuffer opening = ByteBuffer.allocateDirect(HEADER_BYTES + INLINE_BYTES);
    private final ByteBuffer expected = ByteBuffer.allocateDirect(HEADER_BYTES);
    private final ByteBuffer came = ByteBuffer.allocateDirect(HEADER_BYTES);
    private int sequence;

    RingRunner(int rank, RingLinks links, Duration peerTimeout) {
        this.links = links;
        this.peerTimeout = peerTimeout;
        this.sender = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "ring-send-" + rank);
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Runs the first pass of an operation.
     *
     * @param bytes what all ranks must have the same of
     * @param patience how long the previous rank may take to begin
     */
    void begin(RingOperation operation, long bytes, RingPass pass, Duration patience) {
        expected.clear();
        expected.putInt(operation.code()).putInt(sequence++).putLong(bytes).flip();
        run(pass, true, patience);
    }

    /** Runs a further pass of the operation that has begun. */
    void goOn(RingPass pass, Duration patience) {
        run(pass, false, patience);
    }

    private void run(RingPass pass, boolean begins, Duration patience) {
        Duration before = patience.compareTo(peerTimeout) > 0 ? patience : peerTimeout;
        IntFunction<Duration> limit = received -> received < pass.begunAfter() ? before : peerTimeout;
        if (pass.onOneThread()) {
            runOnOneThread(pass, begins, patience, limit);
        } else {
            runOnTwoThreads(pass, begins, patience, limit);
        }
    }

    private void runOnOneThread(RingPass pass, boolean begins, Duration patience, IntFunction<Duration> limit) {
        int sent = begins ? open(pass, limit.apply(0)) : 0;
        if (begins && pass.receives() > 0) {
            receiveHeader(patience);
        }
        for (int received = 0; ; received++) {
            while (sent < pass.sends() && pass.needs(sent) <= received) {
                links.send(pass.toSend(sent++), limit.apply(received));
            }
            if (received == pass.receives()) {
                return;
            }
            links.receive(pass.toReceive(received), limit.apply(received));
            pass.received(received);
        }
    }

    /** Sends the header, and the first message with it if it is small and ready; returns how many messages were sent. */
    private int open(RingPass pass, Duration limit) {
        if (pass.sends() == 0) {
            return 0;
        }
        opening.clear();
        opening.put(expected.duplicate());
        int sent = 0;
        if (pass.needs(0) == 0) {
            ByteBuffer first = pass.toSend(0);
            if (first.remaining() <= INLINE_BYTES) {
                opening.put(first);
                sent = 1;
            }
        }
        links.send(opening.flip(), limit);
        return sent;
    }

    private void runOnTwoThreads(RingPass pass, boolean begins, Duration patience, IntFunction<Duration> limit) {
        RingProgress progress = new RingProgress();
        Future<?> sending = sender.submit(() -> sendAll(pass, begins, progress, limit));
        try {
            if (begins) {
                receiveHeader(patience);
            }
            for (int receive = 0; receive < pass.receives(); receive++) {
                links.receive(pass.toReceive(receive), limit.apply(receive));
                pass.received(receive);
                progress.advance();
            }
        } catch (RingException e) {
            progress.cancel();
            throw firstOf(sending, e);
        }
        await(sending, progress);
    }

    private void sendAll(RingPass pass, boolean begins, RingProgress progress, IntFunction<Duration> limit) {
        try {
            if (begins) {
                links.send(expected.duplicate(), limit.apply(0));
            }
            for (int send = 0; send < pass.sends(); send++) {
                if (!progress.await(pass.needs(send))) {
                    return; // the receiving side failed and tells why
                }
                links.send(pass.toSend(send), limit.apply(progress.received()));
                progress.sentOne();
            }
        } catch (RuntimeException e) {
            links.close(); // whatever it was, the receiving side must not wait for an answer to what was never sent
            throw e;
        }
    }

    private void receiveHeader(Duration patience) {
        if (!links.awaitPrevious(patience)) {
            throw links.failOfPrevious("did not begin within " + patience);
        }
        came.clear();
        links.receive(came, peerTimeout);
        came.flip();
        if (!came.equals(expected)) {
            throw links.failOfPrevious("computes something else: " + text(came) + ", here " + text(expected)
                    + "; all workers must build the same model and call fit and evaluate in the same order");
        }
    }

    private static String text(ByteBuffer header) {
        return "operation " + RingOperation.name(header.getInt(0)) + " number " + header.getInt(4) + " over "
                + header.getLong(8) + " bytes";
    }

    /** The sender's failure closes the connection that the receiver waits on: then the sender's is the cause. */
    private static RingException firstOf(Future<?> sending, RingException received) {
        try {
            sending.get(JOIN_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RingException sent
                    && String.valueOf(received.getMessage()).contains("closed on this side")) {
                return sent;
            }
        } catch (TimeoutException e) {
            received.addSuppressed(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return received;
    }

    /** All was received, so the last messages are on their way; each has its own limit, and all of them one together as long as they move. */
    private void await(Future<?> sending, RingProgress progress) {
        for (int before = -1; ; ) {
            try {
                sending.get(peerTimeout.toMillis() + JOIN_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
                return;
            } catch (ExecutionException e) {
                if (e.getCause() instanceof RingException sent) {
                    throw sent;
                }
                throw new IllegalStateException("the ring's sender failed", e.getCause());
            } catch (TimeoutException e) {
                int sent = progress.sent();
                if (sent == before) {
                    throw links.failOfNext("took nothing within " + peerTimeout);
                }
                before = sent;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw links.failOfNext("is left alone: this thread was interrupted");
            }
        }
    }

    @Override
    public void close() {
        links.close();
        sender.shutdownNow();
    }
}
