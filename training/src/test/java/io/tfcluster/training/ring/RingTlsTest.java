package io.tfcluster.training.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.PortRange;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Rings under TLS compute what rings in the clear compute. */
@Timeout(120)
final class RingTlsTest {
    private static final int LENGTH = 300_000;

    @TempDir
    static Path folder;

    private static SSLContext tls;

    @BeforeAll
    static void makeKeys() throws Exception {
        tls = OwnTls.make(folder);
    }

    @Test
    void sumsOfAnyLengthAreRight() throws Exception {
        List<Integer> sizes = List.of(1, 100, LENGTH);
        List<Boolean> right = Workers.run(3, Workers.PEER, Optional.of(tls), ring -> {
            boolean all = true;
            for (int size : sizes) {
                ByteBuffer vector = ByteBuffer.allocateDirect(4 * size).order(ByteOrder.nativeOrder());
                IntStream.range(0, size).forEach(i -> vector.putFloat(4 * i, ring.rank() + i));
                ring.allReduceSum(vector);
                all &= IntStream.range(0, size).allMatch(i -> vector.getFloat(4 * i) == 3f + 3f * i);
            }
            return all;
        });

        assertThat(right).containsOnly(true);
    }

    @Test
    void oneWithoutTlsCannotJoin() {
        ClusterSecret secret = ClusterSecret.random();
        try (RingListener plain = RingListener.open("127.0.0.1", PortRange.ANY, secret);
                RingListener encrypted = RingListener.open("127.0.0.1", PortRange.ANY, secret, Optional.of(tls))) {
            List<InetSocketAddress> addresses = List.of(
                    new InetSocketAddress("127.0.0.1", encrypted.port()),
                    new InetSocketAddress("127.0.0.1", plain.port()));

            assertThatThrownBy(() -> encrypted.form(0, addresses, Duration.ofMillis(500), Workers.PEER))
                    .isInstanceOf(RingException.class)
                    .hasMessageContaining("could not reach rank 1")
                    .cause()
                    .hasMessageContaining("both sides or neither must use TLS");
        }
    }
}
