package io.tfcluster.transport;

import java.io.IOException;
import java.io.Serializable;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;

/**
 * The TCP ports a process may listen on: any free one, one port, or a range of which the first free one is taken.
 *
 * @param first lowest port, or 0 for any free one
 * @param last highest port, equal to {@code first} for a single port
 */
public record PortRange(int first, int last) implements Serializable {
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
        for (int port = first; port <= last; port++) {
            try {
                return open(host, port);
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

    private static ServerSocketChannel open(String host, int port) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open();
        try {
            InetSocketAddress address = new InetSocketAddress(host, port);
            if (address.isUnresolved()) {
                throw new IOException("unknown host " + host);
            }
            channel.bind(address, 1024);
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public String toString() {
        return first == last ? Integer.toString(first) : first + "-" + last;
    }
}
