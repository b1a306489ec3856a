package io.tfcluster;

import io.tfcluster.feeding.Column;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.sql.Row;

/** What Spark's ImageSchema says of an image besides its bytes. */
final class ImageShape {
    static final int FIELDS = 6;
    static final int HEIGHT = 1;
    static final int WIDTH = 2;
    static final int CHANNELS = 3;
    static final int MODE = 4;
    static final int DATA = 5;

    private ImageShape() {}

    /**
     * Returns the shape of an image whose channels are bytes.
     *
     * @param mode OpenCV's type, CV_8UC1, CV_8UC3 or CV_8UC4
     */
    static List<Long> of(String column, int height, int width, int channels, int mode) {
        int wanted = 8 * (channels - 1); // CV_8U is 0, and a channel more adds 8
        if (height < 1 || width < 1 || channels < 1 || channels > 4 || mode != wanted) {
            throw new IllegalArgumentException(
                    "column " + column + " holds an image of " + height + "x" + width + "x"
                            + channels + " in OpenCV's mode " + mode
                            + "; only images with 1 to 4 bytes a pixel (CV_8UC1 0, CV_8UC3 16, CV_8UC4 24) can be fed, leave out the others");
        }
        return List.of((long) height, (long) width, (long) channels);
    }

    /** Checks that an image is one that the column wants. */
    static void check(Column column, int height, int width, int channels, int mode) {
        List<Long> shape = column.shape();
        if (shape.get(0) != height || shape.get(1) != width || shape.get(2) != channels) {
            throw other(column, List.of((long) height, (long) width, (long) channels));
        }
        of(column.name(), height, width, channels, mode);
    }

    /** Returns the bytes of an image in a Row, after checking that it is one that the column wants. */
    static byte[] bytes(Column column, Row image) {
        List<Long> shape = of(column.name(), image);
        if (!shape.equals(column.shape())) {
            throw other(column, shape);
        }
        return image.getAs(DATA);
    }

    /** Returns the shape of an image in a Row. */
    static List<Long> of(String column, Row image) {
        if (image.length() != FIELDS || !(image.get(DATA) instanceof byte[])) {
            throw new IllegalArgumentException("column " + column + " holds " + image.length()
                    + " cells in a Row, which is no image of Spark's ImageSchema; feed its fields as columns");
        }
        for (int i = HEIGHT; i < FIELDS; i++) {
            if (image.isNullAt(i)) {
                throw incomplete(column);
            }
        }
        return of(column, image.getInt(HEIGHT), image.getInt(WIDTH), image.getInt(CHANNELS), image.getInt(MODE));
    }

    static IllegalArgumentException incomplete(String column) {
        return new IllegalArgumentException("column " + column
                + " holds an image without height, width, nChannels, mode or data; drop such rows before feeding");
    }

    private static IllegalArgumentException other(Column column, List<Long> found) {
        return new IllegalArgumentException("column " + column.name() + " wants an image of " + text(column.shape())
                + ", found " + text(found) + " (height x width x channels); resize the images before feeding");
    }

    private static String text(List<Long> shape) {
        return shape.stream().map(String::valueOf).collect(Collectors.joining("x"));
    }
}
