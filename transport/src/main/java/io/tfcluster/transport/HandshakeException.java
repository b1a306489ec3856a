package io.tfcluster.transport;

/** The other side does not hold the cluster's secret, or does not speak this protocol. */
public final class HandshakeException extends ChannelException {
    private static final long serialVersionUID = 1L;

    HandshakeException(String message) {
        super(message);
    }
}
