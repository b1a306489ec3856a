package io.tfcluster.transport;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;

/** Somebody on the wire: passes one connection's bytes on, keeps what it heard, and can cut it. */
final class Relay implements AutoCloseable {
    private final ServerSocket listening = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
    private final Socket onward = new Socket();
    private final ByteArrayOutputStream heard = new ByteArrayOutputStream();
    private volatile Socket inward = new Socket();

    Relay(InetSocketAddress target) throws IOException {
        Thread thread = new Thread(
                () -> {
                    try {
                        inward = listening.accept();
                        onward.connect(target);
                        Thread back = new Thread(() -> pump(onward, inward), "relay-back");
                        back.setDaemon(true);
                        back.start();
                        pump(inward, onward);
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                },
                "relay");
        thread.setDaemon(true);
        thread.start();
    }

    private void pump(Socket from, Socket to) {
        byte[] buffer = new byte[8192];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int count = in.read(buffer); count > 0; count = in.read(buffer)) {
                synchronized (heard) {
                    heard.write(buffer, 0, count);
                }
                out.write(buffer, 0, count);
            }
        } catch (IOException e) {
            // cut
        }
    }

    SocketAddress address() {
        return listening.getLocalSocketAddress();
    }

    byte[] heard() {
        synchronized (heard) {
            return heard.toByteArray();
        }
    }

    /** Ends both connections without a word of TLS's. */
    @Override
    public void close() throws IOException {
        listening.close();
        inward.close();
        onward.close();
    }

    /** Decrypts one handshake with a certificate of its own and passes its three messages on, as an attacker in the middle would. */
    static void exchange(SocketChannel victim, SSLContext shown, SocketChannel onward, SSLContext trusted)
            throws IOException {
        TlsLink in = link(victim, shown, false);
        TlsLink out = link(onward, trusted, true);
        copy(out, onward, in, Handshake.CHALLENGE_BYTES);
        copy(in, victim, out, Handshake.RESPONSE_BYTES);
        copy(out, onward, in, Handshake.PROOF_BYTES);
    }

    private static TlsLink link(SocketChannel socket, SSLContext context, boolean client) throws IOException {
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(client);
        socket.configureBlocking(false);
        TlsLink link = new TlsLink(socket, engine);
        for (int awaited = link.shake(); awaited != 0; awaited = link.shake()) {
            await(socket, awaited);
        }
        return link;
    }

    private static void copy(TlsLink from, SocketChannel socket, TlsLink to, int bytes) throws IOException {
        ByteBuffer message = ByteBuffer.allocate(bytes);
        while (message.hasRemaining()) {
            if (from.read(message) < 0) {
                throw new IOException("closed");
            }
            if (message.hasRemaining()) {
                await(socket, SelectionKey.OP_READ);
            }
        }
        to.write(new ByteBuffer[] {message.flip()});
    }

    private static void await(SocketChannel socket, int operation) throws IOException {
        try (Selector selector = Selector.open()) {
            socket.register(selector, operation);
            if (selector.select(10_000) == 0) {
                throw new IOException("nothing within 10 s");
            }
        }
    }
}
