package io.tfcluster.examples.flowers;

import org.jspecify.annotations.Nullable;

/** Something the person at the command line can put right; the message says what, where and how, and is all that is printed. */
final class FlowersException extends RuntimeException {
    FlowersException(String message) {
        super(message);
    }

    FlowersException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
