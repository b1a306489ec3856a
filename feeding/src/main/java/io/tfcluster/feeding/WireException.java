package io.tfcluster.feeding;

/** The peer sent something that this protocol does not allow; its connection is dropped. */
final class WireException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    WireException(String message) {
        super(message);
    }
}
