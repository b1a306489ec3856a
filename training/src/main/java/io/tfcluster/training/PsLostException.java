package io.tfcluster.training;

/** A parameter server lost its variables; whoever hears of it opens its session again. */
final class PsLostException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PsLostException() {
        super("a parameter server lost its variables");
    }
}
