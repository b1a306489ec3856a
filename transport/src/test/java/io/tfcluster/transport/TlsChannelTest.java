package io.tfcluster.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Channels under TLS: the same promises, and nothing to read for others. */
@Timeout(120)
final class TlsChannelTest {
    private static final Duration SHORT = Duration.ofMillis(200);
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    static Path folder;

    private static SSLContext ours;
    private static SSLContext strangers;
    private static SSLContext impostors;

    private final ClusterSecret secret = ClusterSecret.random();
    private final BlockingQueue<SecureChannel> accepted = new ArrayBlockingQueue<>(4);

    @BeforeAll
    static void makeKeys() throws Exception {
        KeyStore own = TestKeys.store(folder, "own");
        KeyStore other = TestKeys.store(folder, "other");
        ours = TestKeys.context(own, own);
        strangers = TestKeys.context(other, other);
        impostors = TestKeys.context(other, own);
    }

    private SecureListener listen(Optional<SSLContext> tls) {
        return SecureListener.tcp("127.0.0.1", PortRange.ANY, secret, "test", tls, accepted::add);
    }

    private SecureChannel connect(SecureListener listener, Optional<SSLContext> tls, Duration limit) {
        return SecureChannel.connect(addressOf(listener), secret, "test", tls, limit);
    }

    private static InetSocketAddress addressOf(SecureListener listener) {
        return new InetSocketAddress("127.0.0.1", listener.port().orElseThrow());
    }

    private SecureChannel peer() throws InterruptedException {
        SecureChannel channel = accepted.poll(10, TimeUnit.SECONDS);
        assertThat(channel).isNotNull();
        return channel;
    }

    private interface Pair {
        void meet(SecureChannel here, SecureChannel there) throws Exception;
    }

    private void together(Pair pair) throws Exception {
        try (SecureListener listener = listen(Optional.of(ours));
                SecureChannel here = connect(listener, Optional.of(ours), LONG);
                SecureChannel there = peer()) {
            pair.meet(here, there);
        }
    }

    private static byte[] random(int bytes) {
        byte[] made = new byte[bytes];
        new Random(bytes).nextBytes(made);
        return made;
    }

    /** Enough for keys to be changed on the way, in both directions at once, with one thread for each. */
    @Test
    void megabytesArriveUnchangedInBothDirectionsAtOnce() throws Exception {
        byte[] mine = random(5_000_001);
        byte[] yours = random(4_000_003);
        together((here, there) -> {
            CompletableFuture<Void> sending =
                    CompletableFuture.runAsync(() -> here.writeFrame(ByteBuffer.wrap(mine), LONG));
            CompletableFuture<Void> answering =
                    CompletableFuture.runAsync(() -> there.writeFrame(ByteBuffer.wrap(yours), LONG));
            CompletableFuture<ByteBuffer> heard =
                    CompletableFuture.supplyAsync(() -> there.readFrame(mine.length, LONG));

            ByteBuffer direct = ByteBuffer.allocateDirect(here.readLength(yours.length, LONG));
            here.readFully(direct, LONG);

            byte[] came = new byte[yours.length];
            direct.flip().get(came);
            assertThat(came).isEqualTo(yours);
            assertThat(heard.get(30, TimeUnit.SECONDS).array()).isEqualTo(mine);
            sending.get(30, TimeUnit.SECONDS);
            answering.get(30, TimeUnit.SECONDS);
        });
    }

    @Test
    void aRecordIsReadInSmallPieces() throws Exception {
        byte[] sent = random(10_007);
        together((here, there) -> {
            here.writeFully(ByteBuffer.wrap(sent), LONG);
            byte[] came = new byte[sent.length];
            Random sizes = new Random(3);
            for (int at = 0; at < came.length; ) {
                assertThat(there.awaitReadable(LONG)).isTrue();
                ByteBuffer piece = ByteBuffer.wrap(came, at, Math.min(came.length - at, 1 + sizes.nextInt(700)));
                at += piece.remaining();
                there.readFully(piece, LONG);
            }

            assertThat(came).isEqualTo(sent);
            assertThat(there.awaitReadable(SHORT)).isFalse();
        });
    }

    /** The server's session tickets come after the handshake and are nothing to read. */
    /** A session that is kept can be resumed, which nobody does, and fills the memory of who is connected to often. */
    @Test
    void sessionsOfConnectionsThatEndedAreNotKept() throws Exception {
        for (int i = 0; i < 20; i++) {
            together((here, there) -> {
                there.writeFrame(ByteBuffer.wrap(new byte[10]), LONG); // what comes with it a client would resume by
                assertThat(here.readFrame(10, LONG).remaining()).isEqualTo(10);
            });
        }

        assertThat(Collections.list(ours.getClientSessionContext().getIds())).hasSizeLessThanOrEqualTo(1);
        assertThat(Collections.list(ours.getServerSessionContext().getIds())).hasSizeLessThanOrEqualTo(1);
    }

    @Test
    void whatTlsSaysByItselfIsNoInput() throws Exception {
        together((here, there) -> {
            assertThat(here.awaitReadable(SHORT)).isFalse();
            assertThat(there.awaitReadable(SHORT)).isFalse();
            there.writeFrame(ByteBuffer.wrap(new byte[] {7}), LONG);
            assertThat(here.awaitReadable(LONG)).isTrue();
            assertThat(here.readFrame(1, LONG).get()).isEqualTo((byte) 7);
        });
    }

    @Test
    void aSilentPeerAndOneThatTakesNothingAreLeftAtTheDeadline() throws Exception {
        together((here, there) -> {
            assertThatThrownBy(() -> here.readFrame(100, SHORT)).isInstanceOf(DeadlineException.class);
            assertThatThrownBy(() -> here.writeFrame(ByteBuffer.allocate(64 << 20), SHORT))
                    .isInstanceOf(DeadlineException.class);
            assertThat(there.isClosed()).isFalse();
        });
    }

    @Test
    void aGoodbyeIsTheEndAndACutIsToldApart() throws Exception {
        together((here, there) -> {
            here.close();
            assertThat(there.awaitReadable(LONG)).isTrue();
            assertThatThrownBy(() -> there.readFrame(100, LONG)).hasMessageContaining("the peer closed the connection");
        });
        try (SecureListener listener = listen(Optional.of(ours));
                Relay relay = new Relay(addressOf(listener));
                SecureChannel here = SecureChannel.connect(relay.address(), secret, "test", Optional.of(ours), LONG);
                SecureChannel there = peer()) {
            assertThat(here.isClosed()).isFalse();

            relay.close();

            assertThatThrownBy(() -> there.readFrame(100, LONG)).hasMessageContaining("cut off");
        }
    }

    @Test
    void closingOnOneSideEndsAReaderOnBoth() throws Exception {
        together((here, there) -> {
            CompletableFuture<Throwable> ours = reader(here);
            CompletableFuture<Throwable> theirs = reader(there);

            here.close();
            here.close();

            assertThat(ours.get(10, TimeUnit.SECONDS)).isInstanceOf(ChannelException.class);
            assertThat(theirs.get(10, TimeUnit.SECONDS)).isInstanceOf(ChannelException.class);
        });
    }

    private static CompletableFuture<Throwable> reader(SecureChannel channel) {
        return CompletableFuture.supplyAsync(() -> channel.readFrame(100, LONG)).handle((frame, e) -> e.getCause());
    }

    @Test
    void aStrangersCertificateIsRefused() {
        try (SecureListener listener = listen(Optional.of(strangers))) {
            assertThatThrownBy(() -> connect(listener, Optional.of(ours), LONG))
                    .isInstanceOf(ChannelException.class)
                    .hasMessageContaining("both sides or neither must use TLS");
            await().until(() -> listener.rejected() == 1);
        }
    }

    @Test
    void bothOrNeitherMustUseTls() {
        try (SecureListener encrypted = listen(Optional.of(ours));
                SecureListener plain = listen(Optional.empty())) {
            assertThatThrownBy(() -> connect(encrypted, Optional.empty(), SHORT))
                    .isInstanceOf(DeadlineException.class);
            assertThatThrownBy(() -> connect(plain, Optional.of(ours), LONG))
                    .isInstanceOf(ChannelException.class)
                    .hasMessageContaining("both sides or neither must use TLS");
            await().until(() -> encrypted.rejected() == 1 && plain.rejected() == 1);
        }
    }

    @Test
    void theSecretIsNeededUnderTlsAsWell() {
        try (SecureListener listener = listen(Optional.of(ours))) {
            assertThatThrownBy(() -> SecureChannel.connect(
                            addressOf(listener), ClusterSecret.random(), "test", Optional.of(ours), LONG))
                    .isInstanceOf(ChannelException.class);
            await().until(() -> listener.rejected() == 1);
        }
    }

    /** Whoever stands in the middle with a certificate that the client trusts: the secret's handshake cannot be passed on. */
    @Test
    void theSecretIsBoundToTheCertificate() throws Exception {
        KeyStore both = TestKeys.store(folder, "own");
        both.setCertificateEntry("trusted", TestKeys.store(folder, "other").getCertificate("other"));
        SSLContext trusting = TestKeys.context(both, both);
        AtomicReference<Throwable> proved = new AtomicReference<>();
        try (SecureListener real = listen(Optional.of(ours));
                java.nio.channels.ServerSocketChannel middle = PortRange.ANY.bind("127.0.0.1", "middle")) {
            CompletableFuture<Void> passing = CompletableFuture.runAsync(() -> {
                try (SocketChannel victim = middle.accept();
                        SocketChannel onward = SocketChannel.open(addressOf(real))) {
                    Relay.exchange(victim, impostors, onward, ours);
                } catch (Exception e) {
                    proved.set(e);
                }
            });

            assertThatThrownBy(() -> SecureChannel.connect(
                            middle.getLocalAddress(), secret, "test", Optional.of(trusting), Duration.ofSeconds(10)))
                    .isInstanceOf(ChannelException.class);
            passing.get(30, TimeUnit.SECONDS);
            await().until(() -> real.rejected() == 1);
        }
        assertThat(accepted).isEmpty();
    }

    @Test
    void nobodyOnTheWireCanReadIt() throws Exception {
        byte[] sent = "the quick brown fox jumps over the lazy dog".getBytes("US-ASCII");
        for (Optional<SSLContext> tls : List.of(Optional.of(ours), Optional.<SSLContext>empty())) {
            try (SecureListener listener = listen(tls);
                    Relay relay = new Relay(addressOf(listener));
                    SecureChannel here = SecureChannel.connect(relay.address(), secret, "test", tls, LONG);
                    SecureChannel there = peer()) {
                here.writeFrame(ByteBuffer.wrap(sent), LONG);
                assertThat(there.readFrame(100, LONG).array()).isEqualTo(sent);

                assertThat(relay.heard())
                        .as("TLS: " + tls.isPresent())
                        .satisfies(bytes -> assertThat(contains(bytes, sent)).isEqualTo(tls.isEmpty()));
            }
        }
    }

    private static boolean contains(byte[] all, byte[] wanted) {
        for (int at = 0; at + wanted.length <= all.length; at++) {
            if (Arrays.equals(all, at, at + wanted.length, wanted, 0, wanted.length)) {
                return true;
            }
        }
        return false;
    }
}
