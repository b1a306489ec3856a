package io.tfcluster.feeding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class RowRangesTest {
    @Test
    void isTheSameSetAsABitSet() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            RowRanges ranges = new RowRanges();
            BitSet bits = new BitSet();
            for (int i = 0; i < 40; i++) {
                int start = random.nextInt(200);
                int end = start + 1 + random.nextInt(20);
                ranges.add(start, end);
                bits.set(start, end);
            }
            assertThat(ranges.rows()).isEqualTo(bits.cardinality());
            for (int row = 0; row < 230; row++) {
                assertThat(ranges.contains(row)).isEqualTo(bits.get(row));
            }
            long last = -2;
            for (var range : ranges.ranges().entrySet()) {
                assertThat(range.getKey()).isGreaterThan(last); // ranges that touch are one
                last = range.getValue();
            }
        }
    }

    @Test
    void emptyAndNegativeRangesAreRefused() {
        assertThatThrownBy(() -> new RowRanges().add(3, 3)).hasMessageContaining("rows 3 to before 3");
        assertThatThrownBy(() -> new RowRanges().add(-1, 3)).hasMessageContaining("rows -1 to before 3");
    }
}
