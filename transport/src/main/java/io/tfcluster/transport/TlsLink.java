package io.tfcluster.transport;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;

/**
 * TLS over a socket that does not block.
 *
 * <p>Several records are gathered for each call of the system, and a record is decrypted straight into the reader's buffer where that has
 * room for it. What TLS itself has to say meanwhile (new keys after many gigabytes, say) is read on the way and answered with the next
 * write at the latest.
 */
final class TlsLink implements Link {
    private static final int GATHERED_BYTES = 128 << 10;
    private static final ByteBuffer[] NOTHING = {ByteBuffer.allocate(0)};

    private final SocketChannel socket;
    private final SSLEngine engine;
    private final ReentrantLock writing = new ReentrantLock();

    /** Came from the socket and is still to be decrypted; between its position and limit. Like the next two the reader's own. */
    private final ByteBuffer encrypted;

    private final ByteBuffer decrypted;

    private boolean shaken;
    private boolean ended;
    private boolean cutOff;

    /** Encrypted and still to be sent; up to its position. Guarded by the lock. */
    private final ByteBuffer outgoing;

    /** Takes a socket that does not block, and the side of TLS that it is to be. */
    TlsLink(SocketChannel socket, SSLEngine engine) {
        this.socket = socket;
        this.engine = engine;
        int record = engine.getSession().getPacketBufferSize();
        this.encrypted =
                ByteBuffer.allocateDirect(Math.max(record, GATHERED_BYTES)).limit(0);
        this.outgoing = ByteBuffer.allocateDirect(record + GATHERED_BYTES);
        this.decrypted = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize())
                .limit(0);
    }

    /**
     * Goes on with the TLS handshake as far as it gets without waiting.
     *
     * @return the {@link SelectionKey} operation to wait for before the next call, or 0 when the handshake is done
     */
    int shake() throws IOException {
        if (shaken) {
            return 0;
        }
        try {
            if (engine.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING) {
                engine.beginHandshake();
            }
            while (true) {
                if (!flush()) {
                    return SelectionKey.OP_WRITE;
                }
                switch (engine.getHandshakeStatus()) {
                    case NEED_WRAP -> wrap(NOTHING);
                    case NEED_TASK -> runTasks();
                    case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                        if (!unwrapAside()) {
                            if (ended) {
                                throw new EOFException("the peer closed the connection during the TLS handshake");
                            }
                            return SelectionKey.OP_READ;
                        }
                    }
                    default -> {
                        shaken = true;
                        return 0;
                    }
                }
            }
        } catch (SSLException e) {
            sayGoodbye(); // the alert that tells the peer why
            throw e;
        }
    }

    /** Returns what this connection is bound to: see {@link Handshake#binding}. */
    byte[] binding() {
        return Handshake.binding(engine);
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        int before = target.position();
        boolean more = true;
        while (more && target.hasRemaining()) {
            if (decrypted.hasRemaining()) {
                take(target);
            } else if (target.remaining() >= engine.getSession().getApplicationBufferSize()) {
                more = unwrap(target);
            } else {
                more = unwrapAside();
            }
        }
        int count = target.position() - before;
        if (count == 0 && cutOff) {
            throw new EOFException("the connection was cut off, without TLS's own goodbye");
        }
        return count > 0 || !ended ? count : -1;
    }

    private void take(ByteBuffer target) {
        int count = Math.min(target.remaining(), decrypted.remaining());
        target.put(target.position(), decrypted, decrypted.position(), count);
        target.position(target.position() + count);
        decrypted.position(decrypted.position() + count);
    }

    @Override
    public boolean hasInput(boolean readable) throws IOException {
        while (!decrypted.hasRemaining() && !ended) {
            if (!unwrapAside()) {
                break; // what came was not for the reader, or is not all of a record yet
            }
        }
        return decrypted.hasRemaining() || ended;
    }

    private boolean unwrapAside() throws IOException {
        decrypted.clear();
        try {
            return unwrap(decrypted);
        } finally {
            decrypted.flip();
        }
    }

    /** Decrypts the next record, which may hold nothing for the reader; returns false if it has not come yet, or the connection has ended. */
    private boolean unwrap(ByteBuffer target) throws IOException {
        while (!ended) {
            SSLEngineResult result = engine.unwrap(encrypted, target);
            switch (result.getStatus()) {
                case BUFFER_UNDERFLOW -> {
                    if (!receive()) {
                        return false;
                    }
                }
                case BUFFER_OVERFLOW ->
                    throw new SSLException("a TLS record of more than " + target.remaining() + " bytes");
                case CLOSED -> ended = true;
                default -> {
                    answer(result.getHandshakeStatus());
                    return true;
                }
            }
        }
        return false;
    }

    /** Does what TLS asks for while a reader reads: nobody else may be there to do it. */
    private void answer(HandshakeStatus status) throws IOException {
        if (status == HandshakeStatus.NEED_TASK) {
            runTasks();
        } else if (status == HandshakeStatus.NEED_WRAP) {
            writing.lock(); // held by others only while they do what needs no waiting
            try {
                if (outgoing.remaining() >= engine.getSession().getPacketBufferSize()) {
                    wrap(NOTHING);
                }
            } finally {
                writing.unlock();
            }
        }
    }

    /** Reads from the socket; returns whether there was anything. */
    private boolean receive() throws IOException {
        encrypted.compact();
        int count;
        try {
            count = socket.read(encrypted);
        } finally {
            encrypted.flip();
        }
        if (count < 0) {
            ended = true;
            cutOff = true;
        }
        return count > 0;
    }

    @Override
    public long write(ByteBuffer[] sources) throws IOException {
        writing.lock();
        try {
            return flush() ? wrap(sources) : 0;
        } finally {
            writing.unlock();
        }
    }

    /** Encrypts as much as there is room for, sends what it can of that, and returns how many bytes of the sources were taken. */
    private long wrap(ByteBuffer[] sources) throws IOException {
        writing.lock();
        try {
            long taken = 0;
            boolean more = true;
            while (more) {
                SSLEngineResult result = engine.wrap(sources, outgoing);
                if (result.getStatus() == Status.CLOSED && result.bytesProduced() == 0) {
                    throw new IOException("TLS was ended by the peer, or on this side");
                }
                if (result.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
                    runTasks();
                }
                taken += result.bytesConsumed();
                more = sources[sources.length - 1].hasRemaining()
                        && result.bytesProduced() > 0
                        && outgoing.remaining() >= engine.getSession().getPacketBufferSize();
            }
            flush();
            return taken;
        } finally {
            writing.unlock();
        }
    }

    @Override
    public boolean flush() throws IOException {
        writing.lock();
        try {
            if (outgoing.position() > 0) {
                outgoing.flip();
                try {
                    socket.write(outgoing);
                } finally {
                    outgoing.compact();
                }
            }
            return outgoing.position() == 0;
        } finally {
            writing.unlock();
        }
    }

    private void runTasks() {
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            task.run();
        }
    }

    /** Sends close_notify, or the alert of an error, unless the socket is full or a writer is at work: then the connection is cut. */
    private void sayGoodbye() {
        if (!writing.tryLock()) {
            return;
        }
        try {
            engine.closeOutbound();
            if (flush()) {
                wrap(NOTHING);
            }
        } catch (IOException | IllegalStateException e) {
            outgoing.clear(); // the peer is gone, and does not miss it
        } finally {
            writing.unlock();
        }
    }

    @Override
    public void close() throws IOException {
        sayGoodbye();
        socket.close();
    }
}
