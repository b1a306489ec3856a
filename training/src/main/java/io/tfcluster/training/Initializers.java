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

    /** Values that the user has; a class, since a record compares arrays by identity. */
    static final class Given implements Initializer {
        private static final long serialVersionUID = 1L;

        private final float[] given;

        Given(float[] given) {
            this.given = given.clone();
        }

        @Override
        public float[] values(long seed, String name, Shape shape) {
            if (given.length != size(shape)) {
                throw new IllegalArgumentException("variable \"" + name + "\" of shape " + Shapes.text(shape) + " has "
                        + size(shape) + " values but is given " + given.length);
            }
            return given.clone();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Given same && Arrays.equals(given, same.given);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(given);
        }

        @Override
        public String toString() {
            return "Given[" + given.length + " values]";
        }
    }

    record Uniform(double low, double high) implements Initializer {
        Uniform {
            if (!(low < high) || Double.isInfinite(high - low)) {
                throw new IllegalArgumentException(
                        "uniform initial values need low below high, got " + low + " and " + high);
            }
        }

        @Override
        public float[] values(long seed, String name, Shape shape) {
            SplittableRandom random = random(seed, name);
            float[] values = new float[size(shape)];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (low + random.nextDouble() * (high - low));
            }
            return values;
        }
    }

    record Normal(float deviation, boolean cut) implements Initializer {
        Normal {
            if (!(deviation >= 0) || Float.isInfinite(deviation)) {
                throw new IllegalArgumentException("a deviation is 0 or more and finite, got " + deviation);
            }
        }

        @Override
        public float[] values(long seed, String name, Shape shape) {
            SplittableRandom random = random(seed, name);
            float[] values = new float[size(shape)];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) ((cut ? cutNormal(random) : normal(random)) * deviation);
            }
            return values;
        }
    }

    /** What a variance is divided by. */
    enum Fan {
        /** Inputs of one output. */
        IN,
        /** Inputs of one output and outputs of one input. */
        SUM
    }

    /** Values whose variance is {@code scale / fan}. */
    record Scaled(double scale, Fan fan, boolean normal) implements Initializer {
        /** Deviation of a standard normal cut off at ±2: dividing by it gives the cut distribution the deviation that was asked for. */
        private static final double CUT_DEVIATION = 0.8796256610342398;

        @Override
        public float[] values(long seed, String name, Shape shape) {
            SplittableRandom random = random(seed, name);
            double variance = scale / (fanIn(shape) + (fan == Fan.SUM ? fanOut(shape) : 0));
            double limit = Math.sqrt(3 * variance);
            double deviation = Math.sqrt(variance) / CUT_DEVIATION;
            float[] values = new float[size(shape)];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (normal ? cutNormal(random) * deviation : (2 * random.nextDouble() - 1) * limit);
            }
            return values;
        }
    }

    /** Gram and Schmidt's vectors of normal numbers, each freed of the others twice, since once leaves rounding errors. */
    record Orthogonal(double gain) implements Initializer {
        Orthogonal {
            if (!Double.isFinite(gain)) {
                throw new IllegalArgumentException("the gain of orthogonal values is finite, got " + gain);
            }
        }

        @Override
        public float[] values(long seed, String name, Shape shape) {
            if (shape.numDimensions() < 2) {
                throw new IllegalArgumentException("orthogonal values need a shape of 2 dimensions or more, variable \""
                        + name + "\" has " + Shapes.text(shape));
            }
            int columns = Math.toIntExact(shape.get(shape.numDimensions() - 1));
            int rows = size(shape) / columns;
            double[][] vectors = orthonormal(random(seed, name), Math.min(rows, columns), Math.max(rows, columns));
            float[] values = new float[rows * columns];
            for (int row = 0; row < rows; row++) {
                for (int column = 0; column < columns; column++) {
                    double value = rows < columns ? vectors[row][column] : vectors[column][row];
                    values[row * columns + column] = (float) (gain * value);
                }
            }
            return values;
        }

        private static double[][] orthonormal(SplittableRandom random, int count, int length) {
            double[][] vectors = new double[count][length];
            for (int i = 0; i < count; i++) {
                double[] vector = vectors[i];
                Arrays.setAll(vector, at -> normal(random));
                for (int other = 0; other < 2 * i; other++) {
                    add(vector, -dot(vector, vectors[other % i]), vectors[other % i]);
                }
                add(vector, 1 / Math.sqrt(dot(vector, vector)) - 1, vector);
            }
            return vectors;
        }

        private static double dot(double[] a, double[] b) {
            double sum = 0;
            for (int i = 0; i < a.length; i++) {
                sum += a[i] * b[i];
            }
            return sum;
        }

        private static void add(double[] to, double times, double[] vector) {
            for (int i = 0; i < to.length; i++) {
                to[i] += times * vector[i];
            }
        }
    }

    record Seeded(Initializer inner, long seed) implements Initializer {
        @Override
        public float[] values(long trainerSeed, String name, Shape shape) {
            return inner.values(seed, name, shape);
        }
    }

    private static double normal(SplittableRandom random) {
        double radius = Math.sqrt(-2 * Math.log(1 - random.nextDouble()));
        return radius * Math.cos(2 * Math.PI * random.nextDouble());
    }

    private static double cutNormal(SplittableRandom random) {
        while (true) {
            double value = normal(random);
            if (Math.abs(value) <= 2) {
                return value;
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
