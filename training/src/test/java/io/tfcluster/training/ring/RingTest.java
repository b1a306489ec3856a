package io.tfcluster.training.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.PortRange;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class RingTest {
    private static ByteBuffer vector(int rank, int length) {
        SplittableRandom random = new SplittableRandom(rank);
        ByteBuffer bytes = ByteBuffer.allocateDirect(length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < length; i++) {
            bytes.putFloat(random.nextInt(1000)); // whole numbers: sums are exact in any order
        }
        return bytes.flip();
    }

    private static float[] floats(ByteBuffer bytes) {
        float[] values = new float[bytes.remaining() / Float.BYTES];
        bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        return values;
    }

    private static float[] sum(int size, int length) {
        float[] sum = new float[length];
        for (int rank = 0; rank < size; rank++) {
            float[] values = floats(vector(rank, length));
            for (int i = 0; i < length; i++) {
                sum[i] += values[i];
            }
        }
        return sum;
    }

    @ParameterizedTest
    @CsvSource({"1,5", "2,1", "2,7", "3,2", "3,1000", "4,10001", "2,300001", "3,500003", "4,1000001"})
    void sumEqualsThePlainSumOnAllRanks(int size, int length) throws Exception {
        List<float[]> sums = Workers.run(size, ring -> {
            ByteBuffer first = vector(ring.rank(), length);
            ring.allReduceSum(first);
            ByteBuffer second = vector(ring.rank(), length);
            ring.allReduceSum(second);
            assertThat(floats(second)).isEqualTo(floats(first));
            return floats(first);
        });

        float[] expected = sum(size, length);
        assertThat(sums)
                .allSatisfy(sum -> assertThat(Arrays.equals(sum, expected)).isTrue());
    }

    @ParameterizedTest
    @CsvSource({"2,2049", "2,300001", "3,500003", "4,77777"})
    void halfFloatsGiveAllRanksTheSameBitsNearTheSum(int size, int length) throws Exception {
        List<float[]> sums = Workers.run(size, ring -> {
            ByteBuffer vector = vector(ring.rank(), length);
            ring.allReduceSum(vector, Compression.FLOAT16, Workers.PEER);
            return floats(vector);
        });

        float[] expected = sum(size, length);
        float bound = size * size * 1000f / 2048; // each of the ranks rounds a partial sum to 11 bits
        float worst = 0;
        for (int i = 0; i < length; i++) {
            worst = Math.max(worst, Math.abs(sums.get(0)[i] - expected[i]));
        }
        assertThat(worst).isLessThan(bound);
        assertThat(sums)
                .allSatisfy(sum -> assertThat(Arrays.equals(sum, sums.get(0))).isTrue());
    }

    @Test
    void halfFloatsTakeHalfTheBytes() throws Exception {
        List<Long> plain = Workers.run(3, ring -> {
            ring.allReduceSum(vector(ring.rank(), 300_000));
            return ring.sentBytes();
        });
        List<Long> compressed = Workers.run(3, ring -> {
            ring.allReduceSum(vector(ring.rank(), 300_000), Compression.FLOAT16, Workers.PEER);
            return ring.sentBytes();
        });

        int header = 16;
        assertThat(plain).containsOnly(header + 2 * 2 * 300_000L * Float.BYTES / 3);
        int chunks = (100_000 * Float.BYTES + Ring.CHUNK_BYTES - 1) / Ring.CHUNK_BYTES;
        int scales = 2 * 2 * chunks * Float.BYTES;
        assertThat(compressed).containsOnly(header + scales + 2 * 2 * 300_000L * Short.BYTES / 3);
    }

    @Test
    void badNumbersSurviveHalfFloats() throws Exception {
        List<float[]> sums = Workers.run(3, ring -> {
            ByteBuffer vector = vector(ring.rank(), 10_000);
            float[] bad = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY};
            vector.putFloat(4 * 3333 * ring.rank(), bad[ring.rank()]);
            ring.allReduceSum(vector, Compression.FLOAT16, Workers.PEER);
            return floats(vector);
        });

        assertThat(sums).allSatisfy(sum -> {
            assertThat(sum[0]).isNaN();
            assertThat(sum[3333]).isEqualTo(Float.POSITIVE_INFINITY);
            assertThat(sum[6666]).isEqualTo(Float.NEGATIVE_INFINITY);
            assertThat(sum[5000]).isFinite();
        });
    }

    @ParameterizedTest
    @CsvSource({"1,3", "2,1", "3,5", "4,3000"})
    void doublesAreAddedAsDoubles(int size, int length) throws Exception {
        List<double[]> sums = Workers.run(size, ring -> {
            double[] numbers = new double[length];
            Arrays.setAll(numbers, i -> 1e12 + i + ring.rank() * 0.125);
            ring.reduceSum(numbers, Workers.PEER);
            return numbers;
        });

        double[] expected = new double[length];
        Arrays.setAll(expected, i -> size * (1e12 + i) + size * (size - 1) * 0.0625);
        assertThat(sums).allSatisfy(sum -> assertThat(sum).isEqualTo(expected));
    }

    @ParameterizedTest
    @CsvSource({"1,7", "2,0", "2,300000", "3,1000", "4,2000003", "5,9000"})
    void textsOfAnyLengthReachAllRanks(int size, int unit) throws Exception {
        List<List<ByteBuffer>> all = Workers.run(size, ring -> {
            ByteBuffer mine = text(ring.rank(), unit);
            List<ByteBuffer> texts = ring.allGather(mine, Workers.PEER);
            assertThat(mine.position()).isEqualTo(1);
            assertThat(ring.allGather(ByteBuffer.wrap(new byte[] {(byte) ring.rank()}), Workers.PEER))
                    .hasSize(size)
                    .allMatch(one -> one.remaining() == 1);
            return texts;
        });

        List<ByteBuffer> expected = new ArrayList<>();
        for (int rank = 0; rank < size; rank++) {
            expected.add(text(rank, unit));
        }
        assertThat(all).allSatisfy(texts -> assertThat(texts).isEqualTo(expected));
    }

    private static ByteBuffer text(int rank, int unit) {
        byte[] bytes = new byte[1 + unit * (rank % 3)]; // every third is empty
        new Random(rank).nextBytes(bytes);
        return ByteBuffer.wrap(bytes).position(1);
    }

    @Test
    void textsThatAreTooLongAreRefused() {
        assertThatThrownBy(() -> Ring.single().allGather(ByteBuffer.allocate((64 << 20) + 1), Workers.PEER))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got 67108865");
    }

    @Test
    void sixteenRingsOverSockets() throws Exception {
        int length = 50_021;
        List<float[]> sums = Workers.run(16, ring -> {
            ByteBuffer vector = vector(ring.rank(), length);
            ring.allReduceSum(vector);
            double[] ones = {1};
            ring.reduceSum(ones, Workers.PEER);
            assertThat(ones[0]).isEqualTo(16);
            return floats(vector);
        });

        float[] expected = sum(16, length);
        assertThat(sums)
                .allSatisfy(sum -> assertThat(Arrays.equals(sum, expected)).isTrue());
    }

    @ParameterizedTest
    @CsvSource({"1,3", "2,5", "3,200001", "4,77"})
    void broadcastGivesAllRanksTheFirstOnesBytes(int size, int length) throws Exception {
        List<float[]> all = Workers.run(size, ring -> {
            ByteBuffer bytes = vector(ring.rank(), length);
            ring.broadcast(bytes, Workers.PEER);
            return floats(bytes);
        });

        float[] expected = floats(vector(0, length));
        assertThat(all)
                .allSatisfy(
                        values -> assertThat(Arrays.equals(values, expected)).isTrue());
    }

    @Test
    void startOfOneSpreadsToThoseThatWait() throws Exception {
        List<Boolean> started = Workers.run(3, ring -> {
            boolean before = ring.rank() != 1 && ring.peerStarted();
            if (ring.rank() == 1) {
                ring.allReduceSum(vector(1, 3));
                return true;
            }
            boolean saw = ring.awaitPeerStart(Duration.ofSeconds(10));
            ring.allReduceSum(vector(ring.rank(), 3));
            return saw || before;
        });

        assertThat(started).containsExactly(true, true, true);
    }

    @ParameterizedTest
    @CsvSource({"10", "2000000"})
    void deathOfAPeerIsToldByItsNeighboursAtOnce(int length) throws Exception {
        List<Object> outcomes = Workers.run(3, ring -> {
            if (ring.rank() == 1) {
                ring.close(); // what the others see of a killed process
                return "dead";
            }
            long begun = System.nanoTime();
            try {
                ring.allReduceSum(vector(ring.rank(), length));
                return "no error";
            } catch (RingException e) {
                assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
                return e;
            }
        });

        // Rank 2 receives from rank 1, rank 0 sends to it; either may hear of it first and take the other along.
        assertThat(outcomes.get(0)).isInstanceOf(RingException.class);
        assertThat(outcomes.get(2)).isInstanceOf(RingException.class);
        assertThat(List.of(outcomes.get(0), outcomes.get(2)))
                .anySatisfy(e -> assertThat(((RingException) e).peerRank()).isEqualTo(1))
                .anySatisfy(e -> assertThat((RingException) e).hasMessageContaining("rank 1 at /127.0.0.1:"));
    }

    @Test
    void peerThatDoesNotMoveMeetsTheDeadlineWithItsName() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        List<Object> outcomes = Workers.run(2, Duration.ofMillis(300), ring -> {
            if (ring.rank() == 1) {
                return over.await(10, TimeUnit.SECONDS);
            }
            try {
                ring.allReduceSum(vector(0, 10));
                return "no error";
            } catch (RingException e) {
                return e;
            } finally {
                over.countDown();
            }
        });

        assertThat(outcomes.get(0))
                .isInstanceOfSatisfying(
                        RingException.class,
                        e -> assertThat(e)
                                .hasMessageContaining("rank 1 at /127.0.0.1:")
                                .hasMessageContaining("did not begin within PT0.3S"));
    }

    @Test
    void vectorsOfDifferentLengthAreToldWithBothLengths() throws Exception {
        List<Object> outcomes = Workers.run(2, ring -> {
            try {
                ring.allReduceSum(vector(ring.rank(), 10 + ring.rank()));
                return "no error";
            } catch (RingException e) {
                return String.valueOf(e.getMessage());
            }
        });

        assertThat(outcomes.toString()).contains("computes something else", "over 44 bytes", "over 40 bytes");
    }

    @Test
    void missingPeerIsNamedWhenTheRingCannotForm() {
        try (RingListener listener = RingListener.open("127.0.0.1", PortRange.ANY, ClusterSecret.random())) {
            List<InetSocketAddress> addresses =
                    List.of(new InetSocketAddress("127.0.0.1", listener.port()), new InetSocketAddress("127.0.0.1", 1));

            assertThatThrownBy(() -> listener.form(0, addresses, Duration.ofMillis(300), Workers.PEER))
                    .isInstanceOf(RingException.class)
                    .hasMessageContaining("could not reach rank 1 at /127.0.0.1:1");
        }
    }

    @Test
    void peerThatNeverAnswersIsToldLongBeforeTheRingHasToForm() throws Exception {
        try (RingListener listener = RingListener.open("127.0.0.1", PortRange.ANY, ClusterSecret.random());
                ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            List<InetSocketAddress> addresses = List.of(
                    new InetSocketAddress("127.0.0.1", listener.port()),
                    new InetSocketAddress("127.0.0.1", silent.getLocalPort()));

            assertThatThrownBy(() -> listener.form(0, addresses, Duration.ofMinutes(3), Duration.ofMillis(500)))
                    .isInstanceOfSatisfying(
                            RingException.class, e -> assertThat(e.peerRank()).isEqualTo(1))
                    .hasMessageContaining("has not answered rank 0 for")
                    .hasMessageContaining("cut off");
        }
    }

    @Test
    void closedRingRefusesWorkAndClosesTwice() throws Exception {
        Workers.run(2, ring -> {
            ring.close();
            ring.close();
            assertThatThrownBy(() -> ring.allReduceSum(vector(0, 3)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("closed");
            return true;
        });
    }

    @Test
    void heapBuffersAreRefused() {
        assertThatThrownBy(() -> Ring.single().allReduceSum(ByteBuffer.allocate(8)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("direct");
    }
}
