package io.tfcluster.estimator.image;

/** How a pixel of the resized picture is made from those of the original. Both backends mean the same by these. */
public enum ResizeFilter {
    /** The one pixel that lies under the middle. */
    NEAREST,
    /** Linear between two by two pixels, whatever the scale: what TensorFlow's and OpenCV's bilinear do, aliasing included. */
    BILINEAR,
    /** Cubic over four by four pixels, whatever the scale, with OpenCV's coefficient of -0.75. */
    BICUBIC,
    /** The mean of the area that is covered where the picture shrinks, linear where it grows: no aliasing. The default. */
    AREA
}
