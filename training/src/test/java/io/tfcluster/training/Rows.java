package io.tfcluster.training;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** Rows of features "x" and a label "label", in memory. */
final class Rows {
    final int features;
    final float[][] x;
    final long[] label;

    Rows(float[][] x, long[] label) {
        this.x = x;
        this.label = label;
        this.features = x.length == 0 ? 1 : x[0].length;
    }

    /** Rows of three classes that lie around three points. */
    static Rows classes(int count, int features, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[][] x = new float[count][features];
        long[] label = new long[count];
        for (int i = 0; i < count; i++) {
            label[i] = random.nextInt(3);
            for (int j = 0; j < features; j++) {
                x[i][j] = (float) (random.nextDouble() - 0.5 + (j % 3 == label[i] ? 1 : 0));
            }
        }
        return new Rows(x, label);
    }

    int count() {
        return x.length;
    }

    List<InputSpec> specs() {
        return List.of(
                new InputSpec("x", TFloat32.class, Shape.of(features)),
                new InputSpec("label", TInt64.class, Shape.scalar()));
    }

    /** Returns a batch of rows {@code from} to before {@code to}. */
    TestBatch batch(int from, int to, boolean last) {
        return new TestBatch(tensors(from, to), to - from, last);
    }

    Map<String, Tensor> tensors(int from, int to) {
        int rows = to - from;
        Map<String, Tensor> tensors = new HashMap<>();
        if (rows > 0) {
            float[] flat = new float[rows * features];
            for (int i = 0; i < rows; i++) {
                System.arraycopy(x[from + i], 0, flat, i * features, features);
            }
            long[] labels = java.util.Arrays.copyOfRange(label, from, to);
            tensors.put("x", TFloat32.tensorOf(Shape.of(rows, features), DataBuffers.of(flat)));
            tensors.put("label", TInt64.tensorOf(Shape.of(rows), DataBuffers.of(labels)));
        }
        return tensors;
    }

    /**
     * Returns a source that gives batches of the given sizes, then ends; rows are taken from {@code first} on, and each step begins
     * {@code stride} rows after the one before.
     */
    BatchSource source(int first, int stride, int... sizes) {
        int[] next = {0};
        return (max, makeDo) -> {
            int i = next[0]++;
            if (i >= sizes.length) {
                return new TestBatch(Map.of(), 0, true);
            }
            int from = first + i * stride;
            return batch(from, from + sizes[i], i == sizes.length - 1);
        };
    }

    /** Returns a source that waits for its peers and never has a row, until {@code ended} says so. */
    static BatchSource idle(BooleanSupplier ended) {
        return (max, makeDo) -> {
            while (!makeDo.getAsBoolean() && !ended.getAsBoolean()) {
                Thread.onSpinWait();
            }
            return new TestBatch(Map.of(), 0, ended.getAsBoolean());
        };
    }

    record TestBatch(Map<String, Tensor> inputs, int rows, boolean endOfData) implements TrainingBatch {
        @Override
        public long epoch() {
            return 0;
        }

        @Override
        public boolean endOfEpoch() {
            return endOfData;
        }

        @Override
        public void close() {
            inputs.values().forEach(Tensor::close);
        }
    }
}
