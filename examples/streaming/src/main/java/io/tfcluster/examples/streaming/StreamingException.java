package io.tfcluster.examples.streaming;

/** What a person can do something about: the text says what. */
final class StreamingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StreamingException(String message) {
        super(message);
    }

    StreamingException(String message, Throwable cause) {
        super(message, cause);
    }
}
