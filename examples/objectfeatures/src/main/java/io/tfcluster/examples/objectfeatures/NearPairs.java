package io.tfcluster.examples.objectfeatures;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Finds the pairs of an index that are near: each with each while that takes seconds, by {@link Bands} above. */
final class NearPairs {

    /** Each with each is half a square: 450 million pairs, some seconds. */
    static final int EXACT = 30_000;

    private final HammingIndex index;
    private final int bits;
    private final int exact;

    /**
     * Makes a search.
     *
     * @param exact up to so many codes each is compared with each
     */
    NearPairs(HammingIndex index, int bits, int exact) {
        this.index = index;
        this.bits = bits;
        this.exact = exact;
    }

    /** All pairs at most so far apart; above the limit but for what the bands miss. */
    List<int[]> within(int distance) {
        return index.size() <= exact ? index.pairsWithin(distance) : byBands(bands(distance), distance);
    }

    /** The share of pairs that may be missed. */
    double missed(int distance) {
        return index.size() <= exact ? 0 : bands(distance).missed(distance);
    }

    private Bands bands(int distance) {
        return Bands.of(bits, distance, Math.max(1, index.size()));
    }

    private List<int[]> byBands(Bands bands, int distance) {
        Set<Long> seen = new HashSet<>();
        List<int[]> pairs = new ArrayList<>();
        for (int band = 0; band < bands.count(); band++) {
            Member[] members = new Member[index.size()];
            for (int i = 0; i < members.length; i++) {
                members[i] = new Member(bands.key(index.code(i), band), i);
            }
            Arrays.sort(members);
            for (int from = 0; from < members.length; ) {
                int to = from + 1;
                while (to < members.length && members[to].key == members[from].key) {
                    to++;
                }
                for (int a = from; a < to; a++) {
                    long[] code = index.code(members[a].position);
                    for (int b = a + 1; b < to; b++) {
                        int first = members[a].position;
                        int second = members[b].position;
                        if (index.distance(second, code) <= distance && seen.add(((long) first << 32) | second)) {
                            pairs.add(new int[] {first, second});
                        }
                    }
                }
                from = to;
            }
        }
        return pairs;
    }

    /** A code in a band; those of one key lie beside each other, in the order they were added. */
    private record Member(long key, int position) implements Comparable<Member> {
        @Override
        public int compareTo(Member other) {
            int byKey = Long.compare(key, other.key);
            return byKey != 0 ? byKey : Integer.compare(position, other.position);
        }
    }
}
