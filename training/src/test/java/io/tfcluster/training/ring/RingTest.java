package io.tfcluster.training.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.PortRange;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
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
    void deathOfAPeerIsToldByItsNeighboursWithin2Seconds(int length) throws Exception {
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
                assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(2));
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
    void peerThatStopsReadingMeetsTheDeadline() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        List<Object> outcomes = Workers.run(2, Duration.ofMillis(500), ring -> {
            if (ring.rank() == 1) {
                return over.await(10, TimeUnit.SECONDS);
            }
            try {
                ring.allReduceSum(vector(0, 20_000_000), Duration.ofSeconds(30));
                return "no error";
            } catch (RingException e) {
                return e;
            } finally {
                over.countDown();
            }
        });

        assertThat(outcomes.get(0))
                .isInstanceOfSatisfying(
                        RingException.class, e -> assertThat(e).hasMessageContaining("sending to rank 1"));
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
