package io.tfcluster.transport;

/** The other side sent or took nothing until the deadline, not even a connection: it is stopped, stuck, or cut off. */
public final class DeadlineException extends ChannelException {
    private static final long serialVersionUID = 1L;

    DeadlineException(String message) {
        super(message);
    }
}
