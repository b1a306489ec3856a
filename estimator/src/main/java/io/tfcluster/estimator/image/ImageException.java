package io.tfcluster.estimator.image;

/** Thrown by a task whose row holds a picture that cannot be used, where {@code onError} is {@code fail}. */
public final class ImageException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Which one: the value of its id column, its file or its place in the partition. */
    private final String picture;

    /** Why it cannot be used. */
    private final String reason;

    ImageException(String picture, String reason, Throwable cause) {
        super(
                "picture " + picture + " cannot be used: " + reason
                        + ". Repair or remove it, or set onError to \"null\": such rows then go on with a null and their reason.",
                cause);
        this.picture = picture;
        this.reason = reason;
    }

    /**
     * Returns which picture it is.
     *
     * @return the value of the row's {@code idCol}, else its path or origin, else its place in the partition
     */
    public String picture() {
        return picture;
    }

    /**
     * Returns why it cannot be used.
     *
     * @return the reason, as it would stand in the reason column
     */
    public String reason() {
        return reason;
    }
}
