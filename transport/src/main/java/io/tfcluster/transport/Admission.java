package io.tfcluster.transport;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/** The listening side of one handshake, under way on a socket that does not block: TLS if it is asked for, then the secret. */
final class Admission implements AutoCloseable {
    private final SocketChannel socket;
    private final Link link;
    private final Handshake.Acceptor acceptor;
    private final ByteBuffer response = ByteBuffer.allocate(Handshake.RESPONSE_BYTES);
    private final long deadline;
    private ByteBuffer saying;
    private boolean answered;

    /** Takes a socket that was just accepted, and the {@link System#nanoTime} at which its peer must have proved itself. */
    Admission(SocketChannel socket, ClusterSecret secret, String purpose, Optional<SSLContext> tls, long deadline)
            throws IOException {
        this.socket = socket;
        this.acceptor = new Handshake.Acceptor(secret, purpose);
        this.saying = ByteBuffer.wrap(acceptor.challenge());
        this.deadline = deadline;
        socket.configureBlocking(false);
        this.link = tls.isPresent() ? new TlsLink(socket, TlsEngines.listening(tls.get())) : new PlainLink(socket);
    }

    /**
     * Goes on as far as it gets without waiting.
     *
     * @return the {@link SelectionKey} operation to wait for before the next call, or 0 when the peer is let in
     * @throws HandshakeException if it does not hold the secret
     */
    int advance() throws IOException {
        int tlsWaitsFor = link instanceof TlsLink tls ? tls.shake() : 0;
        if (tlsWaitsFor != 0) {
            return tlsWaitsFor;
        }
        if (!isSaid()) {
            return SelectionKey.OP_WRITE;
        }
        if (!answered) {
            if (link.read(response) < 0) {
                throw new EOFException("the peer closed the connection during the handshake");
            }
            if (response.hasRemaining()) {
                return SelectionKey.OP_READ;
            }
            saying = ByteBuffer.wrap(
                    link instanceof TlsLink tls
                            ? acceptor.accept(response.array(), tls.binding())
                            : acceptor.accept(response.array()));
            answered = true;
        }
        return isSaid() ? 0 : SelectionKey.OP_WRITE;
    }

    private boolean isSaid() throws IOException {
        while (saying.hasRemaining()) {
            if (link.write(new ByteBuffer[] {saying}) == 0) {
                return false;
            }
        }
        return link.flush();
    }

    boolean isLate(long now) {
        return now - deadline >= 0;
    }

    /** Returns the connection to the peer that was let in. */
    SecureChannel channel() throws IOException {
        return SecureChannel.wrap(socket, link, String.valueOf(socket.getRemoteAddress()));
    }

    SocketChannel socket() {
        return socket;
    }

    @Override
    public void close() throws IOException {
        link.close();
    }
}
