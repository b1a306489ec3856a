package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.training.layers.Layers;
import io.tfcluster.training.ring.Ring;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;

@Timeout(60)
class ModelMistakesTest {
    private static final Rows ROWS = Rows.classes(20, 4, 1);

    private static Trainer trainer(ModelFunction model) {
        return Trainer.allReduce(
                model, ROWS.specs(), Models.config(Optimizer.sgd(0.1)).build(), Ring.single(), TrainingListener.none());
    }

    private static AbstractThrowableAssert<?, ?> mistake(ModelFunction model) {
        return assertThatThrownBy(() -> trainer(model).close()).isInstanceOf(IllegalArgumentException.class);
    }

    private static Operand<TFloat32> logits(ModelBuilder model) {
        return Layers.dense(model, "out", model.input("x", TFloat32.class), 3);
    }

    private static ModelSpec loss(Operand<TFloat32> loss) {
        return ModelSpec.builder().loss(loss).build();
    }

    @Test
    void missingLossIsTold() {
        mistake(model -> ModelSpec.builder().prediction("p", logits(model)).build())
                .hasMessageContaining("set no loss");
    }

    @Test
    void unknownInputIsToldWithThoseThereAre() {
        mistake(model -> loss(Layers.mean(model, model.input("image", TFloat32.class))))
                .hasMessageContaining("asks for input \"image\"")
                .hasMessageContaining("\"x\": DT_FLOAT [?, 4], \"label\": DT_INT64 [?]");
    }

    @Test
    void wrongTypeIsToldWithBoth() {
        mistake(model -> loss(Layers.mean(model, model.input("label", TFloat32.class))))
                .hasMessageContaining("\"label\" as DT_FLOAT")
                .hasMessageContaining("DT_INT64 [?]");
    }

    @Test
    void shapesThatDoNotFitAreToldWithTheInputs() {
        mistake(model -> {
                    Operand<TFloat32> w = model.variable("w", Shape.of(5, 1), Initializer.zeros());
                    return loss(Layers.mean(model, model.tf().linalg.matMul(model.input("x", TFloat32.class), w)));
                })
                .hasMessageContaining("does not fit its inputs (\"x\": DT_FLOAT [?, 4]")
                .hasMessageContaining("4 and 5");
    }

    @Test
    void lossThatIsNoScalarIsToldWithItsShape() {
        mistake(model -> loss(logits(model)))
                .hasMessageContaining("the loss must be a scalar")
                .hasMessageContaining("[?, 3]");
    }

    @Test
    void predictionWithoutRowsIsToldWithItsName() {
        mistake(model -> ModelSpec.builder()
                        .loss(Layers.mean(model, logits(model)))
                        .prediction("mean", Layers.mean(model, logits(model)))
                        .build())
                .hasMessageContaining("prediction \"mean\"")
                .hasMessageContaining("[]");
    }

    @Test
    void modelWithoutVariablesIsTold() {
        mistake(model -> loss(Layers.mean(model, model.input("x", TFloat32.class))))
                .hasMessageContaining("no variable");
    }

    @Test
    void variableThatTheLossDoesNotNeedIsNamed() {
        mistake(model -> {
                    model.variable("idle", Shape.of(2), Initializer.zeros());
                    return loss(Layers.mean(model, logits(model)));
                })
                .hasMessageContaining("[idle]");
    }

    @Test
    void variableOfTheOtherBuildOnlyIsNamed() {
        mistake(model -> {
                    if (!model.training()) {
                        model.variable("late", Shape.of(2), Initializer.zeros());
                    }
                    return loss(Layers.mean(model, logits(model)));
                })
                .hasMessageContaining("\"late\"");
    }

    @Test
    void oneNameForTwoShapesIsToldWithBoth() {
        mistake(model -> {
                    model.variable("w", Shape.of(2), Initializer.zeros());
                    model.variable("w", Shape.of(3), Initializer.zeros());
                    return loss(Layers.mean(model, logits(model)));
                })
                .hasMessageContaining("[3]")
                .hasMessageContaining("[2]");
    }

    @Test
    void operationWithoutGradientIsNamedWithTheWayRound() {
        mistake(model -> {
                    var sparse = org.tensorflow.op.nn.SparseSoftmaxCrossEntropyWithLogits.create(
                            model.tf().scope(), logits(model), model.input("label", TInt64.class));
                    return loss(Layers.mean(model, sparse.loss()));
                })
                .hasMessageContaining("no gradient for SparseSoftmaxCrossEntropyWithLogits")
                .hasMessageContaining("use Losses.softmaxCrossEntropy");
    }

    @Test
    void loopInTheGradientsWayIsRefusedBeforeTensorFlowAborts() {
        mistake(model -> {
                    Ops tf = model.tf();
                    Operand<TFloat32> doubled = loop(model, Layers.mean(model, logits(model)));
                    return loss(tf.math.mul(doubled, tf.constant(1f)));
                })
                .hasMessageContaining("loops or branches");
    }

    private static Operand<TFloat32> loop(ModelBuilder model, Operand<TFloat32> start) {
        var outputs = model.graph()
                .whileLoop(
                        new org.tensorflow.Output<?>[] {start.asOutput()},
                        (graph, in, out) -> out[0] = Ops.create(graph)
                                .math
                                .less(cast(in[0]), Ops.create(graph).constant(10f))
                                .asOutput(),
                        (graph, in, out) -> out[0] = Ops.create(graph)
                                .math
                                .mul(cast(in[0]), Ops.create(graph).constant(2f))
                                .asOutput(),
                        "loop" + model.training());
        return cast(outputs[0]);
    }

    @SuppressWarnings("unchecked") // the tests' loops carry floats
    private static Operand<TFloat32> cast(org.tensorflow.Output<?> output) {
        return (Operand<TFloat32>) (Operand<?>) output;
    }

    @Test
    void batchThatDoesNotFitIsToldWithExpectedAndFound() {
        try (Trainer trainer = trainer(Models::mlp);
                Tensor narrow = TFloat32.tensorOf(Shape.of(2, 3));
                Tensor wide = TFloat32.tensorOf(Shape.of(3, 4));
                Tensor label = TInt64.tensorOf(Shape.of(2));
                Tensor ints = TInt32.tensorOf(Shape.of(2))) {
            assertThatThrownBy(() -> fit(trainer, Map.of("x", narrow, "label", label)))
                    .hasMessageContaining("expected input x: DT_FLOAT [?, 4], found DT_FLOAT [2, 3]");
            assertThatThrownBy(() -> fit(trainer, Map.of("x", wide, "label", label)))
                    .hasMessageContaining("3 rows in a batch of 2 rows");
            assertThatThrownBy(() -> fit(trainer, Map.of("label", ints, "x", wide)))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> fit(trainer, Map.of("x", wide)))
                    .hasMessageContaining("input \"label\" is missing");
            assertThatThrownBy(() -> trainer.predict(Map.of())).hasMessageContaining("input \"x\" is missing");
        }
    }

    private static void fit(Trainer trainer, Map<String, Tensor> inputs) {
        Rows.TestBatch batch = new Rows.TestBatch(Map.of(), 0, true);
        int[] calls = {0};
        trainer.fit((max, makeDo) -> calls[0]++ == 0 ? new Borrowed(inputs) : batch);
    }

    private record Borrowed(Map<String, Tensor> inputs) implements TrainingBatch {
        @Override
        public int rows() {
            return 2;
        }

        @Override
        public long epoch() {
            return 0;
        }

        @Override
        public boolean endOfData() {
            return false;
        }

        @Override
        public boolean endOfEpoch() {
            return false;
        }

        @Override
        public void close() {}
    }

    @Test
    void inputNamesThatTensorFlowCannotHaveAreRefused() {
        assertThatThrownBy(() -> new InputSpec("a b", TFloat32.class, Shape.scalar()))
                .hasMessageContaining("\"a b\"");
        assertThat(new InputSpec("a", TFloat32.class, Shape.of(2))).hasToString("a: DT_FLOAT [?, 2]");
    }

    @Test
    void predictionNeedsOnlyItsOwnInputs() {
        try (Trainer trainer = trainer(Models::mlp)) {
            Map<String, Tensor> inputs = new HashMap<>(ROWS.tensors(0, 5));
            inputs.remove("label").close();
            Map<String, Tensor> predicted = trainer.predict(inputs);

            assertThat(predicted).containsOnlyKeys("probabilities");
            assertThat(predicted.get("probabilities").shape()).isEqualTo(Shape.of(5, 3));
            predicted.values().forEach(Tensor::close);
            inputs.values().forEach(Tensor::close);
        }
    }

    @Test
    void closedTrainerRefusesWorkAndClosesTwice() {
        Trainer trainer = trainer(Models::mlp);
        trainer.close();
        trainer.close();

        assertThatThrownBy(() -> trainer.fit(ROWS.source(0, 0)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void seedsDifferBetweenCallsAndWorkersButNotBetweenRuns() {
        List<Long> first = seeds(0);
        assertThat(first).doesNotHaveDuplicates().allMatch(seed -> seed > 0);
        assertThat(seeds(0)).isEqualTo(first);
        assertThat(seeds(1)).doesNotContainAnyElementsOf(first);
    }

    private static List<Long> seeds(int rank) {
        List<Long> seeds = new java.util.ArrayList<>();
        ModelFunction model = builder -> {
            if (builder.training()) {
                seeds.add(builder.seed());
                seeds.add(builder.seed());
            }
            return Models.mlp(builder);
        };
        new TrainGraph(model, ROWS.specs(), Models.config(Optimizer.sgd(0.1)).build(), rank).close();
        return seeds;
    }

    @Test
    void unknownFeaturesAreToldWithTheShapeFound() {
        List<InputSpec> inputs = List.of(new InputSpec("x", TFloat32.class, Shape.of(2, 3)));
        ModelFunction model = builder -> ModelSpec.builder()
                .loss(Layers.mean(builder, Layers.dense(builder, "d", builder.input("x", TFloat32.class), 2)))
                .build();

        assertThatThrownBy(() -> new TrainGraph(
                        model, inputs, Models.config(Optimizer.sgd(1)).build(), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("layer \"d\" needs [rows, features]")
                .hasMessageContaining("[?, 2, 3]");
    }
}
