package io.tfcluster.training.ring;

import io.tfcluster.transport.ChannelException;

/** A peer of the ring died, hangs, or computes something else; the ring is spent. */
public final class RingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int peerRank;

    RingException(int peerRank, String message) {
        super(message);
        this.peerRank = peerRank;
    }

    RingException(int peerRank, String message, ChannelException cause) {
        super(message + ": " + cause.getMessage(), cause);
        this.peerRank = peerRank;
    }

    /** Returns the rank of the peer that the message is about. */
    public int peerRank() {
        return peerRank;
    }
}
