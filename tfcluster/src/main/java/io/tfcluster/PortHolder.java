package io.tfcluster.internal;

import io.tfcluster.transport.PortRange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;

/**
 * A TCP port that this process holds from the moment it announces it until TensorFlow's server takes it over.
 *
 * <p>A port that was free when it was asked for and is announced to others can be taken by any process in between. Between
 * {@link #close()} and the server's own bind that can still happen, for some microseconds; TensorFlow reports it as an error then.
 */
final class PortHolder implements AutoCloseable {
    private final ServerSocketChannel socket;
    private final int port;

    private PortHolder(ServerSocketChannel socket, int port) {
        this.socket = socket;
        this.port = port;
    }

    static PortHolder take(String host, PortRange ports) {
        ServerSocketChannel socket = ports.bind(host, "TensorFlow server");
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
