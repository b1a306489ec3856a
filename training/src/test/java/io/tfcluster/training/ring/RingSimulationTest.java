package io.tfcluster.training.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The ring's algorithm without sockets: each rank's pass, one message after the other in one thread, in an order drawn by a seed. */
@Timeout(60)
class RingSimulationTest {
    private static final int WORKERS = 64;
    private static final int CHUNK = 4 << 10;

    /** One rank: its pass, and what the previous one has sent. */
    private static final class Worker {
        final RingPass pass;
        final ByteBuffer vector;
        final Deque<byte[]> inbox = new ArrayDeque<>();
        int sent;
        int received;
        long sentBytes;

        Worker(RingPass pass, ByteBuffer vector) {
            this.pass = pass;
            this.vector = vector;
        }

        boolean sendTo(Worker next) {
            if (sent == pass.sends() || pass.needs(sent) > received) {
                return false;
            }
            ByteBuffer message = pass.toSend(sent++);
            byte[] bytes = new byte[message.remaining()];
            message.get(bytes);
            sentBytes += bytes.length;
            next.inbox.add(bytes);
            return true;
        }

        boolean receive() {
            byte[] bytes = inbox.poll();
            if (bytes == null) {
                return false;
            }
            ByteBuffer target = pass.toReceive(received);
            assertThat(target.remaining()).isEqualTo(bytes.length);
            target.put(bytes);
            pass.received(received++);
            return true;
        }

        boolean isDone() {
            return sent == pass.sends() && received == pass.receives();
        }
    }

    private static List<Worker> run(int elements, Compression compression, boolean whole, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Worker> workers = new ArrayList<>();
        for (int rank = 0; rank < WORKERS; rank++) {
            ByteBuffer vector =
                    ByteBuffer.allocateDirect(elements * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < elements; i++) {
                vector.putFloat(whole ? random.nextInt(1000) : (float) (random.nextDouble() - 0.5));
            }
            vector.flip();
            RingSegments segments = new RingSegments(vector, rank, WORKERS, CHUNK);
            workers.add(new Worker(new SumPass(segments, WORKERS, compression, new SumBuffers(CHUNK)), vector));
        }
        return workers;
    }

    /** Lets drawn workers send or receive until all are done; nobody can move before that is a deadlock. */
    private static void play(List<Worker> workers, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        while (!workers.stream().allMatch(Worker::isDone)) {
            int first = random.nextInt(WORKERS);
            boolean moved = false;
            for (int i = 0; i < WORKERS; i++) {
                int rank = (first + i) % WORKERS;
                Worker worker = workers.get(rank);
                moved |= random.nextBoolean()
                        ? worker.sendTo(workers.get((rank + 1) % WORKERS)) || worker.receive()
                        : worker.receive() || worker.sendTo(workers.get((rank + 1) % WORKERS));
            }
            assertThat(moved).isTrue();
        }
    }

    private static double[] sums(List<Worker> workers, int elements) {
        double[] sums = new double[elements];
        for (Worker worker : workers) {
            for (int i = 0; i < elements; i++) {
                sums[i] += worker.vector.getFloat(i * Float.BYTES);
            }
        }
        return sums;
    }

    private static double[] values(Worker worker) {
        double[] values = new double[worker.vector.capacity() / Float.BYTES];
        Arrays.setAll(values, i -> worker.vector.getFloat(i * Float.BYTES));
        return values;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5, 63, 64, 65, 6_400, 100_003})
    void sumOf64WorkersIsExactAndTheSameOnAll(int elements) {
        List<Worker> workers = run(elements, Compression.NONE, true, elements);
        double[] expected = sums(workers, elements);

        play(workers, 7);

        assertThat(values(workers.get(0))).isEqualTo(expected);
        assertThat(workers).allMatch(worker -> worker.vector.equals(workers.get(0).vector));
    }

    @ParameterizedTest
    @CsvSource({"6400", "640000", "100003"})
    void eachSends2TimesItsShareOfTheVector(int elements) {
        List<Worker> workers = run(elements, Compression.NONE, true, elements);

        play(workers, 8);

        long bytes = (long) elements * Float.BYTES;
        double share = 2.0 * (WORKERS - 1) / WORKERS * bytes;
        // Lengths that do not divide by the workers: a segment is one element longer or shorter in each of the steps.
        double uneven = elements % WORKERS == 0 ? 0 : 2.0 * (WORKERS - 1) * Float.BYTES;
        assertThat(workers)
                .allSatisfy(worker -> assertThat((double) worker.sentBytes).isCloseTo(share, within(uneven)));
        assertThat(workers.stream().mapToLong(worker -> worker.sentBytes).sum()).isEqualTo(2 * (WORKERS - 1) * bytes);
    }

    @ParameterizedTest
    @CsvSource({"1,1", "1,2", "2,1", "2,2"})
    void orderInWhichTheyMoveChangesNoBit(long values, long order) {
        int elements = 20_011;
        List<Worker> one = run(elements, Compression.NONE, false, values);
        List<Worker> other = run(elements, Compression.NONE, false, values);

        play(one, order);
        play(other, order + 100);

        assertThat(one).allMatch(worker -> worker.vector.equals(one.get(0).vector));
        assertThat(other.get(5).vector).isEqualTo(one.get(0).vector);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 63, 65, 100_003})
    void halfFloatsAreTheSameOnAllInHalfTheBytes(int elements) {
        List<Worker> workers = run(elements, Compression.FLOAT16, false, elements);
        double[] expected = sums(workers, elements);

        play(workers, 9);

        assertThat(workers).allMatch(worker -> worker.vector.equals(workers.get(0).vector));
        double largest = 0;
        double worst = 0;
        double[] found = values(workers.get(0));
        for (int i = 0; i < elements; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            worst = Math.max(worst, Math.abs(found[i] - expected[i]));
        }
        assertThat(worst).isLessThan(0.02 * (largest + 10)); // 64 partial sums, each rounded to 11 bits
        if (elements > 64 * 1000) {
            double plain = 2.0 * (WORKERS - 1) / WORKERS * elements * Float.BYTES;
            assertThat(workers)
                    .allSatisfy(worker -> assertThat(worker.sentBytes / plain).isBetween(0.5, 0.51));
        }
    }
}
