package io.tfcluster.estimator.image;

import java.util.Arrays;
import org.apache.spark.ml.image.ImageSchema;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;

/** In which forms a column may hold pictures. */
enum PictureForm {
    /** Files: what binaryFile's content is, and MongoDB's BinData. */
    FILE,
    /** Spark's image struct: decoded already. */
    STRUCT;

    private static final int GREY = 0;
    private static final int BGR = 16;
    private static final int BGRA = 24;

    /** The form of a column, or an error that says what is accepted. */
    static PictureForm of(String column, DataType type) {
        if (type instanceof BinaryType) {
            return FILE;
        }
        if (type instanceof StructType struct && isImage(struct)) {
            return STRUCT;
        }
        throw new IllegalArgumentException("column \"" + column + "\" is of type " + type.catalogString()
                + ", which is no picture; it must be binary (the bytes of a picture file) or Spark's image struct ("
                + ImageSchema.columnSchema().catalogString() + ")");
    }

    private static boolean isImage(StructType struct) {
        String[] names = struct.fieldNames();
        StructType image = ImageSchema.columnSchema();
        return Arrays.equals(names, image.fieldNames())
                && Arrays.stream(names)
                        .allMatch(name -> struct.apply(name)
                                .dataType()
                                .sameType(image.apply(name).dataType()));
    }

    /** The pixels of an image struct; not copied where they are in our order already. */
    static Pixels pixels(Row image) {
        int width = ImageSchema.getWidth(image);
        int height = ImageSchema.getHeight(image);
        int mode = ImageSchema.getMode(image);
        byte[] data = ImageSchema.getData(image);
        int channels = switch (mode) {
            case GREY -> 1;
            case BGR -> 3;
            case BGRA -> 4;
            default ->
                throw new BrokenPictureException("an image struct of mode " + mode + " (known are " + GREY + ", " + BGR
                        + " and " + BGRA + "; Spark gives -1 to what it could not decode)");
        };
        if (width < 1 || height < 1 || data == null || data.length != (long) width * height * channels) {
            throw new BrokenPictureException("an image struct of " + width + " × " + height + " pixels, mode " + mode
                    + ", with " + (data == null ? "no" : data.length) + " bytes");
        }
        if (channels == Pixels.CHANNELS) {
            return new Pixels(width, height, data);
        }
        int[] rgb = channels == 1 ? new int[] {0, 0, 0} : new int[] {2, 1, 0};
        return Samples.toPixels(width, height, channels, rgb, channels == 4 ? 3 : -1, i -> data[i] & 0xFF);
    }
}
