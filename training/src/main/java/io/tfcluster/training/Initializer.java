package io.tfcluster.training;

import java.io.Serializable;
import java.nio.file.Path;
import org.tensorflow.ndarray.Shape;

/**
 * Gives a variable its first values.
 *
 * <p>Values depend on the trainer's seed and the variable's name only, so that each process of a cluster computes the same ones, and
 * adding a layer does not change the others. The distributions are those of Keras' initializers of the same names.
 *
 * <pre>{@code
 * Initializer.heNormal()
 * Initializer.named("random_uniform", -0.1, 0.1)
 * }</pre>
 */
public sealed interface Initializer extends Serializable
        permits Initializers.Constant,
                Initializers.Given,
                Initializers.Uniform,
                Initializers.Normal,
                Initializers.Scaled,
                Initializers.Orthogonal,
                Initializers.Seeded,
                GivenValues.OfCheckpoint,
                GivenValues.OfGraph {
    /** All values 0. */
    static Initializer zeros() {
        return new Initializers.Constant(0);
    }

    /** All values 1. */
    static Initializer ones() {
        return new Initializers.Constant(1);
    }

    /** All values the same. */
    static Initializer constant(float value) {
        return new Initializers.Constant(value);
    }

    /** These values, in row-major order: as many as the variable has. */
    static Initializer of(float... values) {
        return new Initializers.Given(values);
    }

    /** Uniform within ±sqrt(6 / (fan in + fan out)): Glorot and Bengio, 2010. */
    static Initializer glorotUniform() {
        return new Initializers.Scaled(2, Initializers.Fan.SUM, false);
    }

    /** Normal with deviation sqrt(2 / (fan in + fan out)), cut off at two deviations: Glorot and Bengio, 2010. */
    static Initializer glorotNormal() {
        return new Initializers.Scaled(2, Initializers.Fan.SUM, true);
    }

    /** Uniform within ±sqrt(6 / fan in): He et al., 2015. */
    static Initializer heUniform() {
        return new Initializers.Scaled(2, Initializers.Fan.IN, false);
    }

    /** Normal with deviation sqrt(2 / fan in), cut off at two deviations: He et al., 2015. */
    static Initializer heNormal() {
        return new Initializers.Scaled(2, Initializers.Fan.IN, true);
    }

    /** Uniform within ±sqrt(3 / fan in): LeCun et al., 1998. */
    static Initializer lecunUniform() {
        return new Initializers.Scaled(1, Initializers.Fan.IN, false);
    }

    /** Normal with deviation sqrt(1 / fan in), cut off at two deviations: LeCun et al., 1998. */
    static Initializer lecunNormal() {
        return new Initializers.Scaled(1, Initializers.Fan.IN, true);
    }

    /** Uniform from {@code low} to below {@code high}. */
    static Initializer randomUniform(double low, double high) {
        return new Initializers.Uniform(low, high);
    }

    /** Normal around 0. */
    static Initializer randomNormal(double deviation) {
        return new Initializers.Normal((float) deviation, false);
    }

    /** Normal around 0, values beyond two deviations drawn again. */
    static Initializer truncatedNormal(float deviation) {
        return new Initializers.Normal(deviation, true);
    }

    /**
     * Orthonormal rows or columns, whichever are fewer, of the matrix whose columns are the last dimension: Saxe et al., 2014. For shapes of
     * two dimensions or more; it takes time with the cube of their sizes.
     *
     * @param gain times which they are
     */
    static Initializer orthogonal(double gain) {
        return new Initializers.Orthogonal(gain);
    }

    /**
     * Returns an initializer by Keras' name.
     *
     * @param name zeros, ones, constant, glorot_uniform, glorot_normal, he_uniform, he_normal, lecun_uniform, lecun_normal, random_uniform,
     *     random_normal, truncated_normal, orthogonal
     * @param numbers all or none of: the value (constant, default 0); low and high (random_uniform, -0.05 and 0.05); the deviation
     *     (random_normal and truncated_normal, 0.05); the gain (orthogonal, 1)
     * @throws IllegalArgumentException if there is no such name, or the count of numbers is not its
     */
    static Initializer named(String name, double... numbers) {
        return InitializerNames.of(name, numbers);
    }

    /** Returns these values drawn with a seed of their own instead of the trainer's; they still depend on the variable's name. */
    default Initializer seeded(long seed) {
        return new Initializers.Seeded(this, seed);
    }

    /**
     * The values of a tensor in a checkpoint, read where the model runs.
     *
     * @param checkpoint as for {@link CheckpointReader#open}; it must be there on each worker
     * @param key of the tensor, or the name of its variable
     */
    static Initializer fromCheckpoint(Path checkpoint, String key) {
        return new GivenValues.OfCheckpoint(checkpoint.toString(), key, "");
    }

    /**
     * Returns the values, in row-major order.
     *
     * @param seed of the trainer
     * @param name of the variable
     * @throws IllegalArgumentException if there are no such values for the shape
     */
    float[] values(long seed, String name, Shape shape);
}
