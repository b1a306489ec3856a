package io.tfcluster.estimator.image;

/** A picture that cannot be used; the message is the reason alone, as it stands in the reason column. */
final class BrokenPictureException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    BrokenPictureException(String reason) {
        super(reason);
    }

    BrokenPictureException(String reason, Throwable cause) {
        super(reason, cause);
    }

    /** Decoders answer broken files with all kinds of exceptions; the first line of what they say is kept. */
    static BrokenPictureException undecodable(Throwable cause) {
        String said = cause.getMessage();
        String line = said == null ? "" : said.lines().findFirst().orElse("");
        return new BrokenPictureException(
                "cannot be decoded (" + (line.isBlank() ? cause.getClass().getSimpleName() : line) + ")", cause);
    }
}
