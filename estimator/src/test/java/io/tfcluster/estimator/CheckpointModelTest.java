package io.tfcluster.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tfcluster.training.CheckpointConfig;
import io.tfcluster.training.InputSpec;
import io.tfcluster.training.ModelBuilder;
import io.tfcluster.training.ModelFunction;
import io.tfcluster.training.ModelSpec;
import io.tfcluster.training.Optimizer;
import io.tfcluster.training.Trainer;
import io.tfcluster.training.TrainerConfig;
import io.tfcluster.training.TrainingBatch;
import io.tfcluster.training.TrainingListener;
import io.tfcluster.training.layers.Layers;
import io.tfcluster.training.ring.Ring;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;

@Timeout(120)
class CheckpointModelTest {
    @RegisterExtension
    static final ModelSpark SPARK = new ModelSpark();

    private static final List<InputSpec> INPUTS =
            List.of(new InputSpec("x", TFloat32.class, Shape.of(2)), new InputSpec("y", TFloat32.class, Shape.of(1)));

    @TempDir
    Path folder;

    private static ModelSpec linear(ModelBuilder model) {
        Operand<TFloat32> out = Layers.dense(model, "out", model.input("x", TFloat32.class), 1);
        Operand<TFloat32> error = model.tf().math.squaredDifference(out, model.input("y", TFloat32.class));
        return ModelSpec.builder()
                .loss(Layers.mean(model, error))
                .prediction("out", out)
                .build();
    }

    private record Batch(Map<String, Tensor> inputs, boolean endOfData) implements TrainingBatch {
        @Override
        public int rows() {
            return 2;
        }

        @Override
        public long epoch() {
            return 0;
        }

        @Override
        public boolean endOfEpoch() {
            return endOfData;
        }

        @Override
        public void close() {}
    }

    /** Trains five steps, and returns what the trainer itself then answers to (1, 2). */
    private float trained(String checkpoints) {
        TrainerConfig config = TrainerConfig.builder(Optimizer.momentum(0.01, 0.9))
                .checkpoints(CheckpointConfig.in(checkpoints))
                .build();
        try (TFloat32 x = TFloat32.tensorOf(Shape.of(2, 2), DataBuffers.of(1f, 2f, 3f, 4f));
                TFloat32 y = TFloat32.tensorOf(Shape.of(2, 1), DataBuffers.of(5f, -6f));
                Trainer trainer = Trainer.allReduce(
                        CheckpointModelTest::linear, INPUTS, config, Ring.single(), TrainingListener.none())) {
            int[] steps = {0};
            trainer.fit((most, makeDo) -> new Batch(Map.of("x", x, "y", y), ++steps[0] == 5));
            try (TFloat32 one = TFloat32.tensorOf(Shape.of(1, 2), DataBuffers.of(1f, 2f));
                    Tensor out = trainer.predict(Map.of("x", one)).get("out")) {
                return ((TFloat32) out).getFloat(0, 0);
            }
        }
    }

    @Test
    void aCheckpointWithItsFunctionAnswersAsItsTrainerAndIsSavedAsASavedModel() throws Exception {
        String checkpoints = folder.resolve("checkpoints").toString();
        float expected = trained(checkpoints);
        ModelFunction function = CheckpointModelTest::linear;
        Dataset<Row> rows = SPARK.session().range(3).selectExpr("array(1D, 2D) as x");
        TFModel model = new TFModel()
                .setModelDir(checkpoints)
                .setModelFunction(function, INPUTS)
                .setPredictionCol("prediction");

        List<Row> answers = model.transform(rows).collectAsList();
        model.save(folder.resolve("stage").toString());
        TFModel loaded = TFModel.load(folder.resolve("stage").toString());

        assertThat(answers).hasSize(3);
        assertThat(model.copy(ParamMap.empty())
                        .setIsolation("child")
                        .transform(rows)
                        .collectAsList())
                .as("in a process of its own")
                .isEqualTo(answers);
        assertThat(answers.get(2).<Double>getAs("prediction")).isCloseTo(expected, within(1e-5));
        assertThat(loaded.transform(rows).head()).isEqualTo(answers.get(0));
        assertThat(folder.resolve("stage/model/saved_model.pb")).exists();
    }

    @Test
    void whatIsMissingIsTold() {
        var schema = SPARK.session().range(1).selectExpr("array(1D, 2D) as x").schema();

        assertThatThrownBy(() -> new TFModel()
                        .setModelDir(folder.resolve("none").toString())
                        .setModelFunction(CheckpointModelTest::linear, INPUTS)
                        .transformSchema(schema))
                .hasMessageContaining("no checkpoint in modelDir");
        assertThatThrownBy(() -> new TFModel()
                        .setModelFunction(CheckpointModelTest::linear, INPUTS)
                        .transformSchema(schema))
                .hasMessageContaining("set modelDir and the model function");
        assertThatThrownBy(() -> new TFModel()
                        .setExportDir("x")
                        .setModelFunction(CheckpointModelTest::linear, INPUTS)
                        .transformSchema(schema))
                .hasMessageContaining("a stage has one model");
    }
}
