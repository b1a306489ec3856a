package io.tfcluster.examples.objectfeatures;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.stream.IntStream;

/**
 * Binary codes packed into one array of longs, searched from the first to the last: 1,000,000 codes of 1,280 bits take 160 MB, and a search
 * reads each once. Nothing is approximate. Filled by one thread, then read by any.
 */
final class HammingIndex {

    /** A code that was found: its place in the order of adding, and in how many bits it differs. */
    record Hit(int position, int distance) {}

    private static final Comparator<Hit> NEAREST =
            Comparator.comparingInt(Hit::distance).thenComparingInt(Hit::position);

    private final int words;
    private long[] packed;
    private int size;

    /** Makes an empty one for codes of so many bytes. */
    HammingIndex(int codeBytes) {
        if (codeBytes < 1) {
            throw new IllegalArgumentException("a code needs 1 byte or more, got " + codeBytes);
        }
        this.words = (codeBytes + Long.BYTES - 1) / Long.BYTES;
        this.packed = new long[words * 64];
    }

    /** Returns the code as longs, filled up with zeros. */
    static long[] words(byte[] code) {
        ByteBuffer bytes = ByteBuffer.allocate((code.length + Long.BYTES - 1) / Long.BYTES * Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(code).rewind();
        long[] words = new long[bytes.capacity() / Long.BYTES];
        bytes.asLongBuffer().get(words);
        return words;
    }

    /** In how many bits two codes of one length differ. */
    static int distance(long[] a, long[] b) {
        if (a.length != b.length) {
            throw new IllegalArgumentException("codes of " + a.length + " and " + b.length + " longs differ in length");
        }
        int distance = 0;
        for (int i = 0; i < a.length; i++) {
            distance += Long.bitCount(a[i] ^ b[i]);
        }
        return distance;
    }

    void add(byte[] code) {
        long[] added = words(code);
        if (added.length != words) {
            throw new IllegalArgumentException(
                    "a code of " + code.length + " bytes among codes of " + words * Long.BYTES);
        }
        if ((size + 1L) * words > packed.length) {
            packed = Arrays.copyOf(packed, Math.toIntExact(Math.min(Integer.MAX_VALUE - 8L, packed.length * 3L / 2)));
        }
        System.arraycopy(added, 0, packed, size * words, words);
        size++;
    }

    int size() {
        return size;
    }

    long[] code(int position) {
        return Arrays.copyOfRange(packed, position * words, (position + 1) * words);
    }

    int distance(int position, long[] query) {
        int at = position * words;
        int distance = 0;
        for (int i = 0; i < words; i++) {
            distance += Long.bitCount(packed[at + i] ^ query[i]);
        }
        return distance;
    }

    /** The nearest so many, nearest first; of equal ones those that were added first. */
    List<Hit> nearest(long[] query, int count) {
        PriorityQueue<Hit> best = new PriorityQueue<>(NEAREST.reversed());
        for (int position = 0; position < size; position++) {
            int distance = distance(position, query);
            Hit worst = best.peek();
            if (worst == null || best.size() < count) {
                best.add(new Hit(position, distance));
            } else if (distance < worst.distance()) {
                best.poll();
                best.add(new Hit(position, distance));
            }
        }
        List<Hit> sorted = new ArrayList<>(best);
        sorted.sort(NEAREST);
        return sorted;
    }

    /** All pairs at most so far apart, each once, by comparing each with each on all cores; returns {@code {a, b}} with a before b. */
    List<int[]> pairsWithin(int distance) {
        return IntStream.range(0, size)
                .parallel()
                .mapToObj(a -> {
                    long[] code = code(a);
                    List<int[]> pairs = new ArrayList<>();
                    for (int b = a + 1; b < size; b++) {
                        if (distance(b, code) <= distance) {
                            pairs.add(new int[] {a, b});
                        }
                    }
                    return pairs;
                })
                .flatMap(List::stream)
                .toList();
    }
}
