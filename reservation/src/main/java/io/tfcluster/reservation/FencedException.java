package io.tfcluster.reservation;

/** This node may not take part: a newer attempt holds its place, its generation is over, or it was already given up. It must end. */
public final class FencedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    FencedException(String message) {
        super(message);
    }
}
