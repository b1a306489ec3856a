package io.tfcluster.training;

import static java.util.Objects.requireNonNull;

/**
 * A limit for gradients: of the mean over the rows of all workers, so that it does not depend on how many there are.
 *
 * <pre>{@code
 * Optimizer.adam(0.001).withClipping(Clipping.byGlobalNorm(1))
 * }</pre>
 *
 * @param kind what the limit is for
 * @param limit above 0
 */
public record Clipping(Kind kind, float limit) implements Adjustment {
    /** What a limit is for. */
    public enum Kind {
        /** Each number: those beyond ±limit become ±limit. */
        VALUE,
        /** The Euclidean norm of each variable's gradient: longer ones are scaled down to it. */
        NORM,
        /** The Euclidean norm of all gradients together: all are scaled down by the same factor (Pascanu et al., 2013). */
        GLOBAL_NORM
    }

    /** Checks the limit. */
    public Clipping {
        requireNonNull(kind, "kind");
        if (!(limit > 0) || Float.isInfinite(limit)) {
            throw new IllegalArgumentException("gradients are clipped at a limit above 0, got " + limit);
        }
    }

    /** Each number beyond ±limit becomes ±limit. */
    public static Clipping byValue(double limit) {
        return new Clipping(Kind.VALUE, (float) limit);
    }

    /** Each variable's gradient that is longer than the limit is scaled down to it. */
    public static Clipping byNorm(double limit) {
        return new Clipping(Kind.NORM, (float) limit);
    }

    /** All gradients are scaled down by the same factor, if they are longer than the limit together. */
    public static Clipping byGlobalNorm(double limit) {
        return new Clipping(Kind.GLOBAL_NORM, (float) limit);
    }
}
