package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tfcluster.training.layers.Layers;
import io.tfcluster.training.layers.Losses;
import io.tfcluster.training.ring.Ring;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt64;

/** A row's weight is how often it counts. */
@Timeout(60)
class RowWeightsTest {
    private static final int STEPS = 12;
    private static final Rows ROWS = Rows.classes(2 * STEPS, 4, 5);

    private static ModelSpec byRow(ModelBuilder model) {
        Operand<TFloat32> logits = Layers.dense(model, "out", model.input("x", TFloat32.class), 3);
        return ModelSpec.builder()
                .rowLosses(Losses.softmaxCrossEntropyRows(model, logits, model.input("label", TInt64.class), 0))
                .penalty(Losses.l2(model, 0.01, List.of(logits)))
                .prediction("logits", logits)
                .build();
    }

    private static List<InputSpec> specs() {
        List<InputSpec> specs = new ArrayList<>(ROWS.specs());
        specs.add(new InputSpec("weight", TFloat64.class, Shape.scalar()));
        return specs;
    }

    /** The same loss as one number. */
    private static ModelSpec summedByHand(ModelBuilder model) {
        Operand<TFloat32> logits = Layers.dense(model, "out", model.input("x", TFloat32.class), 3);
        Operand<TFloat32> mean = Losses.softmaxCrossEntropy(model, logits, model.input("label", TInt64.class), 0);
        return ModelSpec.builder()
                .loss(model.tf().math.add(mean, Losses.l2(model, 0, List.of(logits))))
                .prediction("logits", logits)
                .build();
    }

    private static ModelSpec withoutPenalty(ModelBuilder model) {
        Operand<TFloat32> logits = Layers.dense(model, "out", model.input("x", TFloat32.class), 3);
        return ModelSpec.builder()
                .rowLosses(Losses.softmaxCrossEntropyRows(model, logits, model.input("label", TInt64.class), 0))
                .build();
    }

    @Test
    void aRowThatCountsTwiceIsARowThatIsThereTwice() {
        float[] weighted = trained(RowWeightsTest::withoutPenalty, true, 2, 0);
        float[] twice = trained(RowWeightsTest::withoutPenalty, false, 1, 1);

        for (int i = 0; i < twice.length; i++) {
            assertThat(weighted[i]).isCloseTo(twice[i], within(1e-5f));
        }
    }

    /** Steps of two rows: the first is there twice, or counts twice while the second counts nothing. */
    private static float[] trained(ModelFunction model, boolean weighted, double... weights) {
        TrainerConfig.Builder config = Models.config(Optimizer.sgd(0.1));
        if (weighted) {
            config.weights("weight");
        }
        int[] next = {0};
        BatchSource source = (max, makeDo) -> {
            int step = next[0]++;
            int from = 2 * step;
            int second = weighted ? from + 1 : from;
            Rows two = new Rows(
                    new float[][] {ROWS.x[from], ROWS.x[second]}, new long[] {ROWS.label[from], ROWS.label[second]});
            Map<String, Tensor> tensors = two.tensors(0, 2);
            tensors.put("weight", TFloat64.vectorOf(weights));
            return new Rows.TestBatch(tensors, 2, step == STEPS - 1);
        };
        try (Trainer trainer =
                Trainer.allReduce(model, specs(), config.build(), Ring.single(), TrainingListener.none())) {
            trainer.fit(source);
            return Models.variables(trainer);
        }
    }

    @Test
    void weightsBelowZeroEndTheTraining() {
        assertThatThrownBy(() -> trained(RowWeightsTest::byRow, true, -1, 1))
                .hasMessageContaining("weights of rows must be 0 or more");
    }

    @Test
    void aModelWhoseLossIsAMeanCannotBeWeighed() {
        assertThatThrownBy(() -> Trainer.allReduce(
                        RowWeightsTest::summedByHand,
                        specs(),
                        Models.config(Optimizer.sgd(0.1)).weights("weight").build(),
                        Ring.single(),
                        TrainingListener.none()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("input \"weight\" is to weigh the rows")
                .hasMessageContaining("rowLosses");
    }

    @Test
    void lossAndLossesOfRowsContradictEachOther() {
        assertThatThrownBy(() -> ModelOutline.of(
                        model -> ModelSpec.builder()
                                .loss(model.tf().constant(0f))
                                .penalty(model.tf().constant(0f))
                                .build(),
                        ROWS.specs()))
                .hasMessageContaining("not both");
    }
}
