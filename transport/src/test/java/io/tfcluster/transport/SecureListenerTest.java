package io.tfcluster.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What strangers do at the door. */
@Timeout(60)
final class SecureListenerTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    @TempDir
    Path folder;

    private final ClusterSecret secret = ClusterSecret.random();
    private final BlockingQueue<SecureChannel> accepted = new ArrayBlockingQueue<>(16);

    private SecureListener tcp() {
        return SecureListener.tcp("127.0.0.1", PortRange.ANY, secret, "test", accepted::add);
    }

    private static InetSocketAddress addressOf(SecureListener listener) {
        return new InetSocketAddress("127.0.0.1", listener.port().orElseThrow());
    }

    private void friendIsServed(SecureListener listener) throws Exception {
        try (SecureChannel friend = SecureChannel.connect(addressOf(listener), secret, "test", LONG);
                SecureChannel there = accepted.poll(10, TimeUnit.SECONDS)) {
            friend.writeFrame(ByteBuffer.wrap(new byte[] {1, 2, 3}), LONG);
            assertThat(there.readFrame(3, LONG).remaining()).isEqualTo(3);
        }
    }

    /** A peer that moves its bytes by hand. */
    private static final class Hand implements AutoCloseable {
        private final Socket socket;
        private final DataInputStream in;
        private final byte[] challenge;

        private Hand(Socket socket, DataInputStream in, byte[] challenge) {
            this.socket = socket;
            this.in = in;
            this.challenge = challenge;
        }

        byte[] challenge() {
            return challenge;
        }

        DataInputStream in() {
            return in;
        }

        static Hand at(SecureListener listener) throws IOException {
            Socket socket = new Socket();
            socket.connect(addressOf(listener), 10_000);
            socket.setSoTimeout(10_000);
            DataInputStream in = new DataInputStream(socket.getInputStream());
            return new Hand(socket, in, in.readNBytes(Handshake.CHALLENGE_BYTES));
        }

        void say(byte[] bytes) throws IOException {
            socket.getOutputStream().write(bytes);
        }

        /** Returns how many bytes come until the listener closes. */
        int rest() throws IOException {
            try {
                return in.readAllBytes().length;
            } catch (java.net.SocketTimeoutException e) {
                throw e;
            } catch (IOException e) { // a reset: closed with our bytes unread
                return 0;
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @Test
    void silentStrangersInAnyNumberKeepNobodyOut() throws Exception {
        List<SocketChannel> silent = new ArrayList<>();
        try (SecureListener listener = tcp()) {
            for (int i = 0; i < 600; i++) {
                silent.add(SocketChannel.open(addressOf(listener)));
            }
            friendIsServed(listener);

            await().untilAsserted(() -> assertThat(listener.rejected()).isBetween(344, 346));
        } finally {
            for (SocketChannel stranger : silent) {
                stranger.close();
            }
        }
    }

    @Test
    void aRecordedHandshakeCannotBeReplayed() throws Exception {
        try (SecureListener listener = tcp()) {
            byte[] recorded;
            try (Hand honest = Hand.at(listener)) {
                recorded = new Handshake.Initiator(secret, "test").respond(honest.challenge());
                honest.say(recorded);
                assertThat(honest.in().readNBytes(Handshake.PROOF_BYTES)).hasSize(Handshake.PROOF_BYTES);
            }
            try (Hand thief = Hand.at(listener)) {
                thief.say(recorded);

                assertThat(thief.rest()).isZero();
            }
            await().until(() -> listener.rejected() == 1);
            accepted.clear();
            friendIsServed(listener);
        }
    }

    @Test
    void answersThatChangePlacesAreRefused() throws Exception {
        try (SecureListener listener = tcp();
                Hand one = Hand.at(listener);
                Hand other = Hand.at(listener)) {
            one.say(new Handshake.Initiator(secret, "test").respond(other.challenge()));
            other.say(new Handshake.Initiator(secret, "test").respond(one.challenge()));

            assertThat(one.rest()).isZero();
            assertThat(other.rest()).isZero();
            await().until(() -> listener.rejected() == 2);
        }
    }

    @Test
    void messagesInAnotherOrderAreRefused() throws Exception {
        try (SecureListener listener = tcp()) {
            try (Hand frameFirst = Hand.at(listener)) {
                byte[] response = new Handshake.Initiator(secret, "test").respond(frameFirst.challenge());
                frameFirst.say(new byte[] {0, 0, 0, 1, 9});
                frameFirst.say(response);
                assertThat(frameFirst.rest()).isZero();
            }
            try (Hand echo = Hand.at(listener)) { // its own challenge, and once more
                echo.say(echo.challenge());
                echo.say(echo.challenge());
                assertThat(echo.rest()).isZero();
            }
            try (Hand halves = Hand.at(listener)) {
                byte[] response = new Handshake.Initiator(secret, "test").respond(halves.challenge());
                halves.say(java.util.Arrays.copyOfRange(response, 32, 64));
                halves.say(java.util.Arrays.copyOf(response, 32));
                assertThat(halves.rest()).isZero();
            }
            await().until(() -> listener.rejected() == 3);
            friendIsServed(listener);
        }
    }

    @Test
    void anAnswerInSmallPiecesIsTaken() throws Exception {
        try (SecureListener listener = tcp();
                Hand slow = Hand.at(listener)) {
            byte[] response = new Handshake.Initiator(secret, "test").respond(slow.challenge());
            for (byte each : response) {
                slow.say(new byte[] {each});
            }

            assertThat(slow.in().readNBytes(Handshake.PROOF_BYTES)).hasSize(Handshake.PROOF_BYTES);
            try (SecureChannel there = accepted.poll(10, TimeUnit.SECONDS)) {
                assertThat(there).isNotNull();
            }
        }
    }

    @Test
    void noChallengeComesTwice() throws Exception {
        Set<String> seen = new HashSet<>();
        try (SecureListener listener = tcp()) {
            for (int i = 0; i < 200; i++) {
                try (Hand hand = Hand.at(listener)) {
                    assertThat(seen.add(new String(hand.challenge(), "ISO-8859-1")))
                            .isTrue();
                }
            }
            await().until(() -> listener.rejected() == 200);
        }
    }

    @Test
    void aHandlerThatThrowsEndsItsOwnConnectionOnly() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        try (SecureListener listener = SecureListener.tcp("127.0.0.1", PortRange.ANY, secret, "test", channel -> {
            if (calls.incrementAndGet() == 1) {
                throw new OutOfMemoryError("unable to create native thread");
            }
            accepted.add(channel);
        })) {
            try (SecureChannel first = SecureChannel.connect(addressOf(listener), secret, "test", LONG)) {
                assertThatThrownBy(() -> first.readFrame(1, LONG)).isInstanceOf(ChannelException.class);
            }
            friendIsServed(listener);
        }
    }

    @Test
    void onlyTheOwnerMayOpenTheSocketFile() throws Exception {
        Path file = folder.resolve("s");
        try (SecureListener listener = SecureListener.unix(file, secret, "test", accepted::add);
                SecureChannel friend = SecureChannel.connect(UnixDomainSocketAddress.of(file), secret, "test", LONG)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------");
            assertThat(listener.port()).isEmpty();
            assertThat(friend.isClosed()).isFalse();
        }
    }

    @Test
    void closedTwiceTheThreadEndsAndThePortIsFree() throws Exception {
        SecureListener listener = tcp();
        int port = listener.port().orElseThrow();
        try (Hand waiting = Hand.at(listener)) {
            listener.close();
            listener.close();

            assertThat(waiting.rest()).isZero();
        }
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(each -> each.getName().equals("test-" + port + "-accept"));
        new PortRange(port, port).bind("127.0.0.1", "test").close();
    }
}
