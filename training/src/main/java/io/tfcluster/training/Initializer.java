package io.tfcluster.training;

import java.io.Serializable;
import org.tensorflow.ndarray.Shape;

/**
 * Gives a variable its first values.
 *
 * <p>Values depend on the trainer's seed and the variable's name only, so that each process of a cluster computes the same ones, and
 * adding a layer does not change the others.
 */
public sealed interface Initializer extends Serializable
        permits Initializers.Constant, Initializers.Uniform, Initializers.Normal {
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

    /** Uniform within ±sqrt(6 / (fan in + fan out)): Glorot and Bengio, 2010. */
    static Initializer glorotUniform() {
        return new Initializers.Uniform();
    }

    /** Normal with deviation sqrt(2 / fan in), cut off at two deviations: He et al., 2015. */
    static Initializer heNormal() {
        return new Initializers.Normal(0, true);
    }

    /** Normal around 0, values beyond two deviations drawn again. */
    static Initializer truncatedNormal(float deviation) {
        return new Initializers.Normal(deviation, false);
    }

    /**
     * Returns the values, in row-major order.
     *
     * @param seed of the trainer
     * @param name of the variable
     */
    float[] values(long seed, String name, Shape shape);
}
