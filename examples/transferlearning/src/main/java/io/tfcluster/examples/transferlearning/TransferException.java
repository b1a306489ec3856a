package io.tfcluster.examples.transferlearning;

import org.jspecify.annotations.Nullable;

/** Something the person at the command line can put right; the message is all that is printed. */
final class TransferException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    TransferException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
