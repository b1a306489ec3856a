package io.tfcluster.transport;

import java.io.IOException;
import java.io.Serializable;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * The TCP ports a process may listen on: any free one, one port, or a range of which the first free one is taken.
 *
 * @param first lowest port, or 0 for any free one
 * @param last highest port, equal to {@code first} for a single port
 */
public record PortRange(int first, int last) implements Serializable {
    private static final int BACKLOG = 1024;

    /** Any free port. */
    public static final PortRange ANY = new PortRange(0, 0);

    /** Checks that both ends lie in 0 to 65535 and in order. */
    public PortRange {
        if (first < 0 || last > 65_535 || first > last || (first == 0 && last != 0)) {
            throw new IllegalArgumentException(
                    "a port range is 0, one port, or two ports in order from 1 to 65535, got " + first + "-" + last);
        }
    }

    /**
     * Reads {@code "0"}, {@code "9997"} or {@code "9997-9999"}, the forms that TensorFlowOnSpark's TFOS_SERVER_PORT has
     * (reservation.py, get_server_ports).
     *
     * @throws IllegalArgumentException for any other text
     */
    public static PortRange parse(String text) {
        try {
            int dash = text.indexOf('-');
            if (dash < 0) {
                int port = Integer.parseInt(text.trim());
                return new PortRange(port, port);
            }
            return new PortRange(
                    Integer.parseInt(text.substring(0, dash).trim()),
                    Integer.parseInt(text.substring(dash + 1).trim()));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "not a port or port range: \"" + text + "\"; write 9997 or 9997-9999", e);
        }
    }

    /**
     * Opens a listening socket on the first free port of this range.
     *
     * @param host address to listen on, never a wildcard unless the user asked for it
     * @param purpose names the listener in the error
     * @throws ChannelException if every port is taken, or the host is not one of this machine
     */
    public ServerSocketChannel bind(String host, String purpose) {
        return first(host, purpose, address -> {
            ServerSocketChannel channel = ServerSocketChannel.open();
            try {
                return channel.bind(address, BACKLOG);
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        });
    }

    /**
     * Takes the first free port of this range without listening on it, until the channel is closed: nobody else gets it, and who connects
     * is refused.
     *
     * @param host address that will be listened on later
     * @param purpose names the later listener in the error
     * @throws ChannelException if every port is taken, or the host is not one of this machine
     */
    public SocketChannel reserve(String host, String purpose) {
        return first(host, purpose, address -> {
            SocketChannel channel = SocketChannel.open();
            try {
                return channel.bind(address);
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        });
    }

    private interface Binder<C> {
        C bind(InetSocketAddress address) throws IOException;
    }

    private <C> C first(String host, String purpose, Binder<C> binder) {
        for (int port = first; port <= last; port++) {
            InetSocketAddress address = new InetSocketAddress(host, port);
            if (address.isUnresolved()) {
                throw new ChannelException("cannot listen for the " + purpose + ": unknown host " + host);
            }
            try {
                return binder.bind(address);
            } catch (BindException e) {
                if (port == last) {
                    throw new ChannelException(
                            "no free port for the " + purpose + " on " + host + " in " + this + " (" + e.getMessage()
                                    + "); widen the range or use 0 for any free port",
                            e);
                }
            } catch (IOException e) {
                throw new ChannelException("cannot listen for the " + purpose + " on " + host + ":" + port, e);
            }
        }
        throw new IllegalStateException("unreachable: a range holds at least one port");
    }

    @Override
    public String toString() {
        return first == last ? Integer.toString(first) : first + "-" + last;
    }
}
