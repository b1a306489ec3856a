package io.tfcluster;

import io.tfcluster.transport.PortRange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;

/**
 * A TCP port that this process holds from the moment it announces it until TensorFlow's server takes it over.
 *
 * <p>The socket is bound but does not listen: a peer that comes too early is refused and tries again, where one whose connection was taken
 * and then reset would give up.
 *
 * <p>A port that was free when it was asked for and is announced to others can be taken by any process in between. Between
 * {@link #close()} and the server's own bind that can still happen, for some microseconds; TensorFlow reports it as an error then.
 */
final class PortHolder implements AutoCloseable {
    private final SocketChannel socket;
    private final int port;

    private PortHolder(SocketChannel socket, int port) {
        this.socket = socket;
        this.port = port;
    }

    static PortHolder take(String host, PortRange ports) {
        SocketChannel socket = ports.reserve(host, "TensorFlow server");
        try {
            return new PortHolder(socket, ((InetSocketAddress) socket.getLocalAddress()).getPort());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot hold a port for the TensorFlow server on " + host, e);
        }
    }

    int port() {
        return port;
    }

    /** Lets the port go; a second call does nothing. */
    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot release port " + port, e);
        }
    }
}
