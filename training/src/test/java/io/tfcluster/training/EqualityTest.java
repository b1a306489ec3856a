package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tfcluster.training.ring.Ring;
import io.tfcluster.training.ring.Workers;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every kind of network with every optimizer: uneven workers end with the variables of one process on the joined rows. Two send their
 * gradients in one piece, three in several.
 */
@Timeout(120)
class EqualityTest {
    private static final int STEPS = 50;
    private static final int JOINED = 20;
    private static final Rows ROWS = Rows.classes(STEPS * JOINED, Networks.FEATURES, 11);

    static List<Optimizer> optimizers() {
        return Networks.optimizers();
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void twoWorkersEqualOneProcess(Optimizer optimizer) throws Exception {
        check(optimizer, 13, 7);
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void threeWorkersEqualOneProcess(Optimizer optimizer) throws Exception {
        check(optimizer, 9, 4, 7);
    }

    private static void check(Optimizer optimizer, int... parts) throws Exception {
        float[] expected = trained(optimizer, Networks.all(parts), Ring.single(), 0, JOINED);

        List<float[]> found = Workers.run(parts.length, ring -> {
            int before = Arrays.stream(parts, 0, ring.rank()).sum();
            return trained(optimizer, Networks.all(), ring, before, parts[ring.rank()]);
        });

        for (float[] variables : found) {
            assertThat(variables).isEqualTo(found.get(0)).hasSameSizeAs(expected);
        }
        for (int i = 0; i < expected.length; i++) {
            assertThat(found.get(0)[i]).describedAs("number %d", i).isCloseTo(expected[i], within(1e-5f));
        }
    }

    private static float[] trained(Optimizer optimizer, ModelFunction model, Ring ring, int first, int rows) {
        int[] sizes = new int[STEPS];
        Arrays.fill(sizes, rows);
        try (Trainer trainer = Trainer.allReduce(
                model,
                ROWS.specs(),
                Models.config(optimizer)
                        .threads(1, ring.size() == 3 ? 2 : 1) // several pieces need two
                        .fusionBytes(500)
                        .build(),
                ring,
                TrainingListener.none())) {
            float[] before = Models.variables(trainer);
            TrainingSummary summary = trainer.fit(ROWS.source(first, JOINED, sizes));
            assertThat(summary.steps()).isEqualTo(STEPS);
            assertThat(summary.globalRows()).isEqualTo(STEPS * JOINED);
            float[] after = Models.variables(trainer);
            assertThat(after).isNotEqualTo(before).doesNotContain(Float.NaN);
            return after;
        }
    }
}
