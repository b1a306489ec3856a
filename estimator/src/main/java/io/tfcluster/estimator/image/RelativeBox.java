package io.tfcluster.estimator.image;

import java.util.Locale;

/** A part of a picture, whose height and width count as 1, top and left as 0. One that is made is no nonsense, but may lie beside the picture. */
record RelativeBox(double ymin, double xmin, double ymax, double xmax) {

    static final String[] SIDES = {"ymin", "xmin", "ymax", "xmax"};

    RelativeBox {
        if (!Double.isFinite(ymin + xmin + ymax + xmax)) {
            throw new BrokenPictureException("its box " + text(ymin, xmin, ymax, xmax) + " has no numbers");
        }
        if (ymin > ymax || xmin > xmax) {
            throw new BrokenPictureException(
                    "its box " + text(ymin, xmin, ymax, xmax) + " is inverted (ymin, xmin, ymax, xmax)");
        }
    }

    /**
     * Cuts it out of a picture, with a margin, as far as it lies within; at least one pixel.
     *
     * @param margin share of the box's height and width that is added on each side
     */
    Pixels cut(Pixels in, double margin) {
        if (ymin >= 1 || xmin >= 1 || ymax <= 0 || xmax <= 0) {
            throw new BrokenPictureException(
                    "its box " + text(ymin, xmin, ymax, xmax) + " lies outside of it (0 to 1 is within)");
        }
        double high = margin * (ymax - ymin);
        double wide = margin * (xmax - xmin);
        int top = first(ymin - high, in.height());
        int left = first(xmin - wide, in.width());
        int bottom = end(ymax + high, in.height(), top);
        int right = end(xmax + wide, in.width(), left);
        return in.crop(left, top, right - left, bottom - top);
    }

    private static int first(double side, int size) {
        return (int) Math.max(0, Math.min(size - 1L, Math.round(side * size)));
    }

    private static int end(double side, int size, int first) {
        return (int) Math.max(first + 1L, Math.min(size, Math.round(side * size)));
    }

    private static String text(double ymin, double xmin, double ymax, double xmax) {
        return String.format(Locale.ROOT, "[%.3f, %.3f, %.3f, %.3f]", ymin, xmin, ymax, xmax);
    }
}
