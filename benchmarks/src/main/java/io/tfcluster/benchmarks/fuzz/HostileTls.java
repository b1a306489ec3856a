package io.tfcluster.benchmarks.fuzz;

import io.tfcluster.transport.ChannelException;
import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.SecureChannel;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/** What a stranger says to a port that speaks TLS: noise, or a handshake with something wrong in it; one per thread. */
final class HostileTls {
    private static final int ALERT = 21;
    private static final int HANDSHAKE = 22;
    private static final int PATIENCE_MILLIS = 20;

    private final byte[] hello;
    private final byte[] heard = new byte[1024];

    HostileTls(SSLContext honest) {
        this.hello = hello(honest);
    }

    /** Returns the first bytes of an honest peer. */
    private static byte[] hello(SSLContext honest) {
        SSLEngine engine = honest.createSSLEngine();
        engine.setUseClientMode(true);
        ByteBuffer bytes = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        try {
            engine.beginHandshake();
            engine.wrap(ByteBuffer.allocate(0), bytes);
        } catch (SSLException e) {
            throw new IllegalStateException("TLS does not begin a handshake: " + e.getMessage(), e);
        }
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    /** Says it; whatever is answered must be TLS: the challenge of the handshake within it is for those only who have come so far. */
    void attack(SocketChannel socket, Mutator mutator, Consumer<String> fault) throws IOException {
        byte[] hostile = mutator.chance(0.3) ? mutator.noise() : mutator.mutated(List.of(hello, hello), false);
        socket.write(ByteBuffer.wrap(hostile));
        if (mutator.chance(0.5)) {
            return; // gone before it is answered
        }
        socket.socket().setSoTimeout(PATIENCE_MILLIS);
        try {
            int count = socket.socket().getInputStream().read(heard);
            if (count > 0 && heard[0] != ALERT && heard[0] != HANDSHAKE) {
                fault.accept("a stranger heard something that is not TLS: byte " + heard[0]);
            }
        } catch (SocketTimeoutException e) {
            // waits for more of what cannot come
        }
    }

    /** Does all that TLS asks for, without the secret. */
    static void refused(Victim victim, Duration limit, Consumer<String> fault) {
        try (SecureChannel channel = SecureChannel.connect(
                victim.address(), ClusterSecret.random(), victim.purpose(), victim.tls(), limit)) {
            fault.accept("somebody with another secret was let in as " + channel.peer());
        } catch (ChannelException e) {
            // not told why, as it should be
        }
    }
}
