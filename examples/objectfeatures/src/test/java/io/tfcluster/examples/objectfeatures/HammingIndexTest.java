package io.tfcluster.examples.objectfeatures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.examples.objectfeatures.HammingIndex.Hit;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HammingIndexTest {

    private final Random random = new Random(7);

    private byte[] code(int bytes) {
        byte[] code = new byte[bytes];
        random.nextBytes(code);
        return code;
    }

    private static HammingIndex index(List<byte[]> codes) {
        HammingIndex index = new HammingIndex(codes.get(0).length);
        codes.forEach(index::add);
        return index;
    }

    /** Counted another way: by a big number's bits. */
    private static int apart(byte[] a, byte[] b) {
        return new BigInteger(1, a).xor(new BigInteger(1, b)).bitCount();
    }

    /** A copy in which so many bits are others. */
    private byte[] near(byte[] code, int bits) {
        byte[] other = code.clone();
        Set<Integer> flipped = new HashSet<>();
        while (flipped.size() < bits) {
            int bit = random.nextInt(code.length * 8);
            if (flipped.add(bit)) {
                other[bit / 8] ^= (byte) (1 << (bit % 8));
            }
        }
        return other;
    }

    @Test
    void nearestAreThoseThatAPlainSortFinds() {
        List<byte[]> codes =
                IntStream.range(0, 500).mapToObj(i -> code(13)).toList(); // 104 bits: the last long is not full
        byte[] query = code(13);

        List<Hit> hits = index(codes).nearest(HammingIndex.words(query), 20);

        List<Hit> expected = IntStream.range(0, codes.size())
                .mapToObj(i -> new Hit(i, apart(codes.get(i), query)))
                .sorted(Comparator.comparingInt(Hit::distance).thenComparingInt(Hit::position))
                .limit(20)
                .toList();
        assertThat(hits).isEqualTo(expected);
    }

    @Test
    void moreThanThereAreGivesAllOfThem() {
        HammingIndex index = index(List.of(code(4), code(4)));

        assertThat(index.nearest(HammingIndex.words(code(4)), 10)).hasSize(2);
        assertThat(new HammingIndex(4).nearest(HammingIndex.words(code(4)), 10)).isEmpty();
    }

    @Test
    void codeOfAnotherLengthIsRefused() {
        HammingIndex index = index(List.of(code(16)));

        assertThatThrownBy(() -> index.add(code(8)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("8 bytes");
    }

    @Test
    void pairsByBandsAreThoseOfComparingAll() {
        List<byte[]> codes = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            byte[] code = code(32);
            codes.add(code);
            codes.add(near(code, i % 12));
        }
        HammingIndex index = index(codes);

        List<int[]> exact = new NearPairs(index, 256, NearPairs.EXACT).within(8);
        List<int[]> banded = new NearPairs(index, 256, 1).within(8);

        assertThat(exact).hasSizeGreaterThan(100).allMatch(pair -> apart(codes.get(pair[0]), codes.get(pair[1])) <= 8);
        assertThat(sorted(banded)).isEqualTo(sorted(exact));
    }

    private static List<String> sorted(List<int[]> pairs) {
        return pairs.stream().map(pair -> pair[0] + " " + pair[1]).sorted().toList();
    }

    @Test
    void withMoreBandsThanFlippedBitsNoneIsMissed() {
        Bands bands = Bands.of(1280, 10, 1_000_000);

        assertThat(bands.missed(10)).isLessThan(0.001);
        for (int i = 0; i < 1000; i++) {
            byte[] code = code(160);
            long[] keys = bands.keys(HammingIndex.words(code));
            long[] others = bands.keys(HammingIndex.words(near(code, Math.min(10, bands.count() - 1))));
            assertThat(IntStream.range(0, keys.length).anyMatch(band -> keys[band] == others[band]))
                    .isTrue();
        }
    }

    @Test
    void shareThatIsMissedIsTheOneThatWasTold() {
        Bands bands = Bands.of(256, 100, 1_000_000); // bits enough for a few bands only: many are missed
        int missed = 0;
        int tries = 4000;
        for (int i = 0; i < tries; i++) {
            byte[] code = code(32);
            long[] keys = bands.keys(HammingIndex.words(code));
            long[] others = bands.keys(HammingIndex.words(near(code, 20)));
            missed += IntStream.range(0, keys.length).noneMatch(band -> keys[band] == others[band]) ? 1 : 0;
        }

        double told = bands.missed(20);
        assertThat(told).isGreaterThan(0.0005);
        assertThat((double) missed / tries).isBetween(told * 0.5 - 0.005, told * 1.5 + 0.005);
    }

    @Test
    void bandsDoNotMix() {
        Bands bands = Bands.of(64, 4, 10);

        assertThat(IntStream.range(0, bands.count()).mapToLong(band -> bands.key(new long[1], band)))
                .doesNotHaveDuplicates();
    }

    @Test
    void whatIsLikeWhatIsLikeItIsInOneGroup() {
        Groups groups = new Groups(8);
        groups.join(5, 1);
        groups.join(1, 7);
        groups.join(2, 3);

        assertThat(groups.all()).containsExactly(List.of(1, 5, 7), List.of(2, 3));
    }
}
