package io.tfcluster.killmatrix;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Stands between clients and a server, so that their connections can be cut and nothing else. */
final class Relay implements AutoCloseable {
    private static final int BUFFER = 64 << 10;
    private static final int CONNECT_MILLIS = 5_000;

    private final InetSocketAddress server;
    private final ServerSocket listener;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    private Relay(InetSocketAddress server, ServerSocket listener) {
        this.server = server;
        this.listener = listener;
    }

    static Relay to(int port) {
        try {
            InetAddress here = InetAddress.getByName("127.0.0.1");
            Relay relay = new Relay(new InetSocketAddress(here, port), new ServerSocket(0, 0, here));
            start(relay::accept);
            return relay;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot listen on 127.0.0.1", e);
        }
    }

    int port() {
        return listener.getLocalPort();
    }

    /** Ends all connections there are; new ones are let through. */
    void cut() {
        open.forEach(Relay::close);
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listener.accept();
                start(() -> join(client));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void join(Socket client) {
        Socket onward = new Socket();
        open.add(client);
        open.add(onward);
        try {
            onward.connect(server, CONNECT_MILLIS);
            start(() -> pump(onward, client));
            pump(client, onward);
        } catch (IOException e) {
            close(client); // the server is gone
        }
    }

    private void pump(Socket from, Socket to) {
        byte[] some = new byte[BUFFER];
        try {
            InputStream in = from.getInputStream();
            for (int read = in.read(some); read >= 0; read = in.read(some)) {
                to.getOutputStream().write(some, 0, read);
            }
        } catch (IOException e) {
            // one side has left, or both were cut
        } finally {
            close(from);
            close(to);
            open.remove(from);
            open.remove(to);
        }
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "matrix-relay");
        thread.setDaemon(true);
        thread.start();
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close a socket", e);
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close the relay", e);
        } finally {
            cut();
        }
    }
}
