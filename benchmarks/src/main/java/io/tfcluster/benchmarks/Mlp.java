package io.tfcluster.benchmarks;

import io.tfcluster.training.InputSpec;
import io.tfcluster.training.ModelBuilder;
import io.tfcluster.training.ModelSpec;
import io.tfcluster.training.layers.Layers;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** A network of 784 inputs, one hidden layer and 10 classes, and rows for it. */
final class Mlp {
    static final int INPUTS = 784;
    static final int CLASSES = 10;
    static final double RATE = 0.01;

    private Mlp() {}

    static List<InputSpec> specs() {
        return List.of(
                new InputSpec("x", TFloat32.class, Shape.of(INPUTS)),
                new InputSpec("label", TInt64.class, Shape.scalar()));
    }

    static ModelSpec model(ModelBuilder model, int hidden) {
        Operand<TFloat32> x = model.input("x", TFloat32.class);
        Operand<TFloat32> inner = model.tf().nn.relu(Layers.dense(model, "hidden", x, hidden));
        Operand<TFloat32> logits = Layers.dense(model, "classes", inner, CLASSES);
        return ModelSpec.builder()
                .loss(Layers.softmaxCrossEntropy(model, logits, model.input("label", TInt64.class), 0))
                .build();
    }

    /** Random rows, others on each rank; the caller closes them. */
    static Map<String, Tensor> rows(int rows, int rank) {
        Random random = new Random(rank);
        float[] x = new float[rows * INPUTS];
        for (int i = 0; i < x.length; i++) {
            x[i] = random.nextFloat();
        }
        long[] labels = random.longs(rows, 0, CLASSES).toArray();
        return Map.of(
                "x", TFloat32.tensorOf(Shape.of(rows, INPUTS), DataBuffers.of(x)),
                "label", TInt64.tensorOf(Shape.of(rows), DataBuffers.of(labels)));
    }
}
