package io.tfcluster.estimator.image;

/**
 * What a decoder may leave out, and what it must refuse.
 *
 * @param maxPixels more are refused before they are decoded
 * @param shrink how many times larger than needed the picture is, each side; 1 where all of it is needed
 */
record DecodeLimits(long maxPixels, double shrink) {

    void check(long width, long height) {
        if (width * height > maxPixels) {
            throw new BrokenPictureException(
                    "too large (" + width + " × " + height + " pixels, maxPixels is " + maxPixels + ")");
        }
    }
}
