package io.tfcluster.benchmarks.fuzz;

import io.tfcluster.transport.ChannelException;
import io.tfcluster.transport.DeadlineException;
import io.tfcluster.transport.Handshake;
import io.tfcluster.transport.SecureChannel;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Makes one hostile connection after the other; one per thread. */
final class HostilePeer implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final byte[] MAGIC = {'T', 'F', 'C', '1'};
    private static final int MAX_SILENT = 40;
    private static final int MAX_ANSWER = 16 << 20;

    private final Victim victim;
    private final Mutator mutator;
    private final Consumer<String> fault;
    private final Deque<SocketChannel> silent = new ArrayDeque<>();
    private final ByteBuffer heard = ByteBuffer.allocate(Handshake.CHALLENGE_BYTES);
    private final ByteBuffer more = ByteBuffer.allocate(1024);
    private final @Nullable HostileTls hostileTls;

    HostilePeer(Victim victim, Mutator mutator, Consumer<String> fault) {
        this.victim = victim;
        this.mutator = mutator;
        this.fault = fault;
        this.hostileTls = victim.tls().map(HostileTls::new).orElse(null);
    }

    private SocketChannel open() throws IOException {
        boolean unix = victim.address() instanceof UnixDomainSocketAddress;
        SocketChannel socket = unix ? SocketChannel.open(StandardProtocolFamily.UNIX) : SocketChannel.open();
        try {
            if (!unix) {
                socket.setOption(
                        StandardSocketOptions.SO_LINGER,
                        0); // a million sockets in TIME_WAIT are more than there are ports
            }
            socket.connect(victim.address());
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** Says something without the secret; it must hear the challenge at most, and the socket must close. */
    void stranger() throws IOException {
        if (hostileTls != null && mutator.chance(0.05)) {
            HostileTls.refused(victim, LIMIT, fault);
            return;
        }
        SocketChannel socket = open();
        if (mutator.chance(0.02)) { // says nothing and stays
            silent.add(socket);
            if (silent.size() > MAX_SILENT) {
                silent.remove().close();
            }
            return;
        }
        try (socket) {
            if (hostileTls != null) {
                hostileTls.attack(socket, mutator, fault);
                return;
            }
            heard.clear();
            byte[] hostile;
            if (mutator.chance(0.4)) {
                hostile = mutator.noise();
            } else {
                if (!fill(socket, heard)) {
                    return; // one too many, and the eldest
                }
                if (!Arrays.equals(heard.array(), 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
                    fault.accept("a stranger heard something that is no challenge");
                }
                hostile = mutator.wrongAnswer(heard.array());
            }
            socket.write(ByteBuffer.wrap(hostile));
            if (hostile.length >= Handshake.RESPONSE_BYTES) {
                expectNothing(socket);
            }
        }
    }

    private static boolean fill(SocketChannel socket, ByteBuffer target) throws IOException {
        while (target.hasRemaining()) {
            if (socket.read(target) < 0) {
                return false;
            }
        }
        return true;
    }

    private void expectNothing(SocketChannel socket) {
        try {
            if (fill(socket, heard)) {
                more.clear();
                if (socket.read(more) > 0) {
                    fault.accept("a stranger heard more than the challenge: " + more.position() + " bytes");
                }
            }
        } catch (IOException e) {
            // a reset: closed with our bytes unread
        }
    }

    /** Says something wrong with the secret; its own connection must end. */
    void insider() {
        try (SecureChannel channel =
                SecureChannel.connect(victim.address(), victim.secret(), victim.purpose(), victim.tls(), LIMIT)) {
            channel.writeFully(ByteBuffer.wrap(mutator.mutated(victim.conversation(), victim.framed())), LIMIT);
            if (!victim.answersInsiders()) {
                return;
            }
            int answers = 0;
            while (channel.awaitReadable(Duration.ofMillis(20)) && answers++ < 50) {
                channel.readFrame(MAX_ANSWER, LIMIT);
            }
        } catch (DeadlineException e) {
            fault.accept("an insider was not served within " + LIMIT + ": " + e.getMessage());
        } catch (ChannelException e) {
            // closed, as it should be
        }
    }

    @Override
    public void close() throws IOException {
        for (SocketChannel socket : silent) {
            socket.close();
        }
    }
}
