package io.tfcluster.estimator.image;

/** A decoded picture: eight bits a channel, blue green red, rows from top to bottom. Nobody writes into the bytes once it is made. */
final class Pixels {

    static final int CHANNELS = 3;

    private final int width;
    private final int height;
    private final byte[] bgr;

    Pixels(int width, int height, byte[] bgr) {
        if (width < 1 || height < 1 || bgr.length != Math.multiplyExact(Math.multiplyExact(width, height), CHANNELS)) {
            throw new IllegalArgumentException(bgr.length + " bytes are no picture of " + width + " × " + height);
        }
        this.width = width;
        this.height = height;
        this.bgr = bgr;
    }

    int width() {
        return width;
    }

    int height() {
        return height;
    }

    /** Not copied. */
    byte[] bgr() {
        return bgr;
    }

    Pixels crop(int left, int top, int cropWidth, int cropHeight) {
        if (left == 0 && top == 0 && cropWidth == width && cropHeight == height) {
            return this;
        }
        byte[] out = new byte[cropWidth * cropHeight * CHANNELS];
        int line = cropWidth * CHANNELS;
        for (int y = 0; y < cropHeight; y++) {
            System.arraycopy(bgr, ((top + y) * width + left) * CHANNELS, out, y * line, line);
        }
        return new Pixels(cropWidth, cropHeight, out);
    }

    /** Left and right change places. */
    Pixels mirrored() {
        return oriented(2);
    }

    /**
     * Turns the picture upright.
     *
     * @param exif the orientation of Exif, 1 to 8, where 1 is upright already; anything else is taken for 1
     */
    Pixels oriented(int exif) {
        if (exif < 2 || exif > 8) {
            return this;
        }
        boolean turned = exif >= 5;
        int outWidth = turned ? height : width;
        int outHeight = turned ? width : height;
        byte[] out = new byte[bgr.length];
        int to = 0;
        for (int y = 0; y < outHeight; y++) {
            for (int x = 0; x < outWidth; x++) {
                int column = switch (exif) {
                    case 2, 3 -> width - 1 - x;
                    case 4 -> x;
                    case 5, 6 -> y;
                    default -> width - 1 - y;
                };
                int row = switch (exif) {
                    case 2 -> y;
                    case 3, 4 -> height - 1 - y;
                    case 5, 8 -> x;
                    default -> height - 1 - x;
                };
                int from = (row * width + column) * CHANNELS;
                out[to] = bgr[from];
                out[to + 1] = bgr[from + 1];
                out[to + 2] = bgr[from + 2];
                to += CHANNELS;
            }
        }
        return new Pixels(outWidth, outHeight, out);
    }
}
