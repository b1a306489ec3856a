package io.tfcluster.estimator.video;

import org.jspecify.annotations.Nullable;

/** A film that cannot be read; the text names it and says why. */
public final class VideoException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    VideoException(String message) {
        super(message);
    }

    VideoException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
