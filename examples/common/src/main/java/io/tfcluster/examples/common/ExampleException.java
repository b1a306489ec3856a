package io.tfcluster.examples.common;

import org.jspecify.annotations.Nullable;

/** Something the person at the command line can put right; the message says what, where and how, and is all that is printed. */
public final class ExampleException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Makes one without a cause. */
    public ExampleException(String message) {
        super(message);
    }

    /** Makes one with its cause, which nobody is shown. */
    public ExampleException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
