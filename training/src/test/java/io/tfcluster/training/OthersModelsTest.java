package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tfcluster.training.ring.Ring;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Tensor;
import org.tensorflow.TensorBytes;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** SavedModels that other people's programs wrote, where a folder of them lies beside the checkout. */
@Timeout(60)
class OthersModelsTest {
    private static final int ROWS = 32;

    @ParameterizedTest
    @CsvSource({
        "keras_mnist_aakanshi, serving_default, dense_input, dense_1, 784",
        "mnist_praths_2shards, serving_default, conv2d_input, dense_1, 28x28x1",
        "mnist_vanhai, serving_default, keras_tensor, output_0, 28x28x1",
        "java_half_plus_two, serving_default, x, y, 1",
        "serving_half_plus_two_cpu, serving_default, x, y, 1",
        "serving_half_plus_two_gpu, serving_default, x, y, 1",
        "serving_half_plus_three, serving_default, x, y, ''",
        "serving_half_plus_two_tf2_cpu, serving_default, x, y, ''",
        "tfjs_module_with_multiple_signatures, serving_default, x, output_0, ''",
    })
    void predictsAsItsSavedModelThenLearns(String name, String signature, String in, String out, String row) {
        Path path = Elsewhere.data("savedmodels").resolve(name);
        Shape shape = shape(row);
        List<Double> losses = new ArrayList<>();
        List<InputSpec> specs = List.of(new InputSpec("in", TFloat32.class, shape));
        ModelFunction model = b -> model(b, ImportedModel.savedModel(path), signature, in, out);
        TrainerConfig config = Models.config(Optimizer.sgd(0.01)).build();
        try (Trainer trainer = Trainer.allReduce(model, specs, config, Ring.single(), info -> losses.add(info.loss()));
                TFloat32 batch = numbers(shape.prepend(ROWS))) {
            Map<String, Tensor> predicted = trainer.predict(Map.of("in", batch));
            if (!row.isEmpty()) { // a signature of scalars: rows of them are ours alone
                assertThat(floats(predicted.get("out")))
                        .containsExactly(bundle(path, signature, in, out, batch), within(1e-5f));
            }
            predicted.values().forEach(Tensor::close);
            int[] left = {11};
            trainer.fit((max, makeDo) -> --left[0] == 0
                    ? new Rows.TestBatch(Map.of(), 0, true)
                    : new Rows.TestBatch(new HashMap<>(Map.of("in", numbers(shape.prepend(ROWS)))), ROWS, false));
        }
        assertThat(losses.get(9)).isLessThan(losses.get(0));
    }

    /** Wants all outputs to be one half. */
    private static ModelSpec model(
            ModelBuilder builder, ImportedModel imported, String signature, String in, String out) {
        Ops tf = builder.tf();
        @SuppressWarnings("unchecked") // these compute with floats
        Operand<TFloat32> output =
                (Operand<TFloat32>) imported.importInto(builder, signature, Map.of(in, builder.input("in")))
                        .get(out);
        Operand<TFloat32> error = tf.math.squaredDifference(output, tf.constant(0.5f));
        return ModelSpec.builder()
                .loss(io.tfcluster.training.layers.Layers.mean(builder, error))
                .prediction("out", output)
                .build();
    }

    private static Shape shape(String row) {
        Shape shape = Shape.scalar();
        for (String size : row.isEmpty() ? new String[0] : row.split("x", -1)) {
            shape = shape.append(Long.parseLong(size));
        }
        return shape;
    }

    private static TFloat32 numbers(Shape shape) {
        SplittableRandom random = new SplittableRandom(4);
        float[] values = new float[Math.toIntExact(shape.size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble();
        }
        return TFloat32.tensorOf(shape, DataBuffers.of(values));
    }

    private static float[] floats(Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.shape().size())];
        TensorBytes.of(tensor).asFloatBuffer().get(values);
        return values;
    }

    private static float[] bundle(Path path, String signature, String in, String out, Tensor batch) {
        if (path.endsWith(
                "serving_half_plus_two_gpu")) { // TensorFlow cannot load it without a GPU; here devices are left out
            float[] half = floats(batch);
            for (int i = 0; i < half.length; i++) {
                half[i] = half[i] / 2 + 2;
            }
            return half;
        }
        try (SavedModelBundle bundle = SavedModelBundle.load(path.toString(), "serve");
                Result result = bundle.function(signature).call(Map.of(in, batch))) {
            return floats(result.get(out).orElseThrow());
        }
    }
}
