package io.tfcluster.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
final class SecureChannelTest {
    private static final Duration SHORT = Duration.ofMillis(100);
    private static final Duration LONG = Duration.ofSeconds(10);

    @TempDir
    Path folder;

    private final ClusterSecret secret = ClusterSecret.random();
    private final BlockingQueue<SecureChannel> accepted = new ArrayBlockingQueue<>(4);

    private SecureListener tcp() {
        return SecureListener.tcp("127.0.0.1", PortRange.ANY, secret, "test", accepted::add);
    }

    private SocketAddress addressOf(SecureListener listener) {
        return new InetSocketAddress("127.0.0.1", listener.port().orElseThrow());
    }

    private SecureChannel peer() throws InterruptedException {
        SecureChannel channel = accepted.poll(10, TimeUnit.SECONDS);
        assertThat(channel).isNotNull();
        return channel;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void megabytesArriveUnchangedInBothDirections(boolean unix) throws Exception {
        Path file = folder.resolve("s");
        byte[] sent = new byte[9_600_001];
        new Random(7).nextBytes(sent);
        try (SecureListener listener = unix ? SecureListener.unix(file, secret, "test", accepted::add) : tcp();
                SecureChannel here = SecureChannel.connect(
                        unix ? UnixDomainSocketAddress.of(file) : addressOf(listener), secret, "test", LONG);
                SecureChannel there = peer()) {
            CompletableFuture<ByteBuffer> echo = CompletableFuture.supplyAsync(() -> {
                ByteBuffer frame = there.readFrame(sent.length, LONG);
                there.writeFrame(frame.duplicate(), LONG);
                return frame;
            });

            here.writeFrame(ByteBuffer.wrap(sent), LONG);
            ByteBuffer back = here.readFrame(sent.length, LONG);

            assertThat(echo.get(10, TimeUnit.SECONDS).array()).isEqualTo(sent);
            assertThat(back.array()).isEqualTo(sent);
        }
        assertThat(Files.exists(file)).isFalse();
    }

    @Test
    void aFrameOverTheLimitIsRefusedBeforeItsMemoryIsAllocated() throws Exception {
        try (SecureListener listener = tcp();
                SecureChannel here = SecureChannel.connect(addressOf(listener), secret, "test", LONG);
                SecureChannel there = peer()) {
            here.writeFully(ByteBuffer.allocate(4).putInt(Integer.MAX_VALUE).flip(), LONG);

            assertThatThrownBy(() -> there.readFrame(1 << 20, LONG))
                    .isInstanceOf(ChannelException.class)
                    .hasMessageContaining("2147483647 bytes")
                    .hasMessageContaining("limit is 1048576");
        }
    }

    @Test
    void aSilentPeerIsLeftAtTheDeadline() throws Exception {
        try (SecureListener listener = tcp();
                SecureChannel here = SecureChannel.connect(addressOf(listener), secret, "test", LONG);
                SecureChannel there = peer()) {
            assertThatThrownBy(() -> here.readFrame(100, SHORT)).isInstanceOf(DeadlineException.class);
            assertThat(here.awaitReadable(SHORT)).isFalse();
            there.writeFrame(ByteBuffer.allocate(1), LONG);
            assertThat(here.awaitReadable(LONG)).isTrue();
        }
    }

    @Test
    void aPeerThatTakesNothingIsLeftAtTheDeadline() throws Exception {
        try (SecureListener listener = tcp();
                SecureChannel here = SecureChannel.connect(addressOf(listener), secret, "test", LONG);
                SecureChannel there = peer()) {
            assertThatThrownBy(() -> here.writeFrame(ByteBuffer.allocate(64 << 20), SHORT))
                    .isInstanceOf(DeadlineException.class);
            assertThat(there.isClosed()).isFalse();
        }
    }

    @Test
    void closingOnOneSideEndsAReaderOnBoth() throws Exception {
        try (SecureListener listener = tcp();
                SecureChannel here = SecureChannel.connect(addressOf(listener), secret, "test", LONG);
                SecureChannel there = peer()) {
            CompletableFuture<Throwable> ours = reader(here);
            CompletableFuture<Throwable> theirs = reader(there);

            here.close();
            here.close();

            assertThat(ours.get(5, TimeUnit.SECONDS)).isInstanceOf(ChannelException.class);
            assertThat(theirs.get(5, TimeUnit.SECONDS)).isInstanceOf(ChannelException.class);
        }
    }

    private static CompletableFuture<Throwable> reader(SecureChannel channel) {
        return CompletableFuture.supplyAsync(() -> channel.readFrame(100, LONG)).handle((frame, e) -> e.getCause());
    }

    @Test
    void aStrangerIsDroppedAndCountedAndTheNextPeerIsServed() throws Exception {
        try (SecureListener listener = tcp()) {
            assertThatThrownBy(() -> SecureChannel.connect(addressOf(listener), ClusterSecret.random(), "test", LONG))
                    .isInstanceOf(ChannelException.class);
            await().until(() -> listener.rejected() == 1);

            try (SecureChannel friend = SecureChannel.connect(addressOf(listener), secret, "test", LONG);
                    SecureChannel there = peer()) {
                assertThat(friend.isClosed()).isFalse();
                assertThat(there.isClosed()).isFalse();
            }
        }
    }

    @Test
    void aStrangerWhoSaysNothingKeepsNobodyOut() throws Exception {
        try (SecureListener listener = tcp();
                SocketChannel silent = SocketChannel.open(addressOf(listener));
                SecureChannel friend = SecureChannel.connect(addressOf(listener), secret, "test", LONG);
                SecureChannel there = peer()) {
            assertThat(silent.isOpen()).isTrue();
            assertThat(friend.isClosed()).isFalse();
            assertThat(there.isClosed()).isFalse();
        }
    }

    @Test
    void anotherProgramOnThePortIsToldApart() throws Exception {
        try (java.net.ServerSocket other = new java.net.ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            CompletableFuture<Void> greeting = CompletableFuture.runAsync(() -> {
                try (Socket socket = other.accept()) {
                    socket.getOutputStream()
                            .write("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n".getBytes("US-ASCII"));
                } catch (java.io.IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });

            assertThatThrownBy(() -> SecureChannel.connect(other.getLocalSocketAddress(), secret, "test", LONG))
                    .isInstanceOf(HandshakeException.class)
                    .hasMessageContaining("another program");
            greeting.get(5, TimeUnit.SECONDS);
        }
    }

    @Test
    void aRangeThatIsUsedUpNamesItself() {
        try (SecureListener first = tcp()) {
            int port = first.port().orElseThrow();

            assertThatThrownBy(() -> new PortRange(port, port).bind("127.0.0.1", "server"))
                    .isInstanceOf(ChannelException.class)
                    .hasMessageContaining("no free port for the server on 127.0.0.1 in " + port)
                    .hasMessageContaining("widen the range");
        }
    }

    @Test
    void aReservedPortIsNobodyElsesAndRefusesConnectionsUntilItIsReleased() throws Exception {
        int port;
        try (SocketChannel reserved = PortRange.ANY.reserve("127.0.0.1", "server")) {
            port = ((InetSocketAddress) reserved.getLocalAddress()).getPort();

            assertThatThrownBy(() -> new PortRange(port, port).bind("127.0.0.1", "server"))
                    .hasMessageContaining("no free port");
            assertThatThrownBy(() -> SocketChannel.open(new InetSocketAddress("127.0.0.1", port))
                            .close())
                    .isInstanceOf(java.net.ConnectException.class);
        }
        new PortRange(port, port).bind("127.0.0.1", "server").close();
    }

    @Test
    void rangesAreReadAndBadOnesRefused() {
        assertThat(PortRange.parse("9997-9999")).isEqualTo(new PortRange(9997, 9999));
        assertThat(PortRange.parse("0")).isEqualTo(PortRange.ANY);
        assertThatThrownBy(() -> PortRange.parse("http")).hasMessageContaining("\"http\"");
        assertThatThrownBy(() -> PortRange.parse("9-3")).hasMessageContaining("9-3");
        assertThatThrownBy(() -> PortRange.parse("1-70000")).hasMessageContaining("1-70000");
    }
}
