package io.tfcluster.training;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.tensorflow.ndarray.Shape;

/** The kinds of {@link Initializer}; random numbers come from a SplittableRandom, whose sequence Java fixes for all platforms. */
final class Initializers {
    private Initializers() {}

    record Constant(float value) implements Initializer {
        @Override
        public float[] values(long seed, String name, Shape shape) {
            float[] values = new float[size(shape)];
            Arrays.fill(values, value);
            return values;
        }
    }

    record Uniform() implements Initializer {
        @Override
        public float[] values(long seed, String name, Shape shape) {
            SplittableRandom random = random(seed, name);
            double limit = Math.sqrt(6.0 / (fanIn(shape) + fanOut(shape)));
            float[] values = new float[size(shape)];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) ((2 * random.nextDouble() - 1) * limit);
            }
            return values;
        }
    }

    /** Truncated normal; with {@code he} the deviation comes from the shape. */
    record Normal(float deviation, boolean he) implements Initializer {
        /** Deviation of a standard normal cut off at ±2: dividing by it gives the cut distribution the deviation that was asked for. */
        private static final double CUT_DEVIATION = 0.8796256610342398;

        @Override
        public float[] values(long seed, String name, Shape shape) {
            SplittableRandom random = random(seed, name);
            double scale = he ? Math.sqrt(2.0 / fanIn(shape)) / CUT_DEVIATION : deviation;
            float[] values = new float[size(shape)];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (cutNormal(random) * scale);
            }
            return values;
        }

        private static double cutNormal(SplittableRandom random) {
            while (true) {
                double radius = Math.sqrt(-2 * Math.log(1 - random.nextDouble()));
                double value = radius * Math.cos(2 * Math.PI * random.nextDouble());
                if (Math.abs(value) <= 2) {
                    return value;
                }
            }
        }
    }

    private static SplittableRandom random(long seed, String name) {
        return new SplittableRandom(Seeds.mix(seed, name));
    }

    private static int size(Shape shape) {
        return Math.toIntExact(shape.size());
    }

    /** Inputs of one output: for a kernel [height, width, in, out] height * width * in. */
    private static double fanIn(Shape shape) {
        int rank = shape.numDimensions();
        return rank == 0 ? 1 : rank == 1 ? shape.get(0) : (double) shape.size() / shape.get(rank - 1);
    }

    private static double fanOut(Shape shape) {
        int rank = shape.numDimensions();
        return rank == 0 ? 1 : rank == 1 ? shape.get(0) : (double) shape.size() / shape.get(rank - 2);
    }
}
