package io.tfcluster.estimator.image;

/** Who decodes, resizes and encodes. An instance belongs to no thread: all of them may use it at once. */
interface ImageBackend {

    /** As the Param {@code backend} names it. */
    String name();

    /**
     * Decodes the first picture of a file, as it is stored: not yet turned upright.
     *
     * @param header what was read of the file
     * @param limits how large it may be, and how much of it is needed
     * @throws BrokenPictureException with the reason
     */
    Pixels decode(byte[] file, PictureHeader header, DecodeLimits limits);

    /** Resizes to exactly this. */
    Pixels resize(Pixels in, int width, int height, ResizeFilter filter);

    /**
     * Encodes.
     *
     * @param quality 1 to 100
     */
    byte[] jpeg(Pixels in, int quality);
}
