package io.tfcluster.transport;

import java.io.IOException;
import java.io.UncheckedIOException;

/** A connection could not be made, broke, or was closed by the other side. */
public class ChannelException extends UncheckedIOException {
    private static final long serialVersionUID = 1L;

    /** Makes one with the error that the operating system reported. */
    public ChannelException(String message, IOException cause) {
        super(message, cause);
    }

    /** Makes one that this side found out by itself. */
    public ChannelException(String message) {
        super(message, new IOException(message));
    }
}
