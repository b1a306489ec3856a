package io.tfcluster.reservation;

/** A node failed while others were waited for. */
public final class NodeFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient NodeFailure failure;

    NodeFailedException(String message, NodeFailure failure) {
        super(message);
        this.failure = failure;
    }

    /** Returns what is known of the failure; absent from a copy that was serialized. */
    public NodeFailure failure() {
        return failure;
    }
}
