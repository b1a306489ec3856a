package io.tfcluster.estimator.image;

import java.io.Serializable;
import java.util.Arrays;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Which part of each picture a task cuts out.
 *
 * @param column place of the box in the row
 * @param ymin place of this side in the box, and so on
 * @param margin share of the box's size that is added on each side
 * @param withoutBox the Param's value
 */
record CropPlan(int column, int ymin, int xmin, int ymax, int xmax, double margin, String withoutBox)
        implements Serializable {

    static final String WHOLE = "whole";
    static final String NULL = "null";
    static final String FAIL = "fail";

    /** The plan for a column of boxes, or an error that says what a box is. */
    static CropPlan of(StructType schema, String column, double margin, String withoutBox) {
        if (!(schema.apply(column).dataType() instanceof StructType box)
                || !Arrays.stream(RelativeBox.SIDES).allMatch(side -> isSide(box, side))) {
            throw new IllegalArgumentException(
                    "boxCol \"" + column + "\" is of type "
                            + schema.apply(column).dataType().catalogString()
                            + ", which is no box; it must be a struct with ymin, xmin, ymax and xmax (float or double), such as ObjectDetector's bestCol or one of its boxes");
        }
        return new CropPlan(
                schema.fieldIndex(column),
                box.fieldIndex("ymin"),
                box.fieldIndex("xmin"),
                box.fieldIndex("ymax"),
                box.fieldIndex("xmax"),
                margin,
                withoutBox);
    }

    private static boolean isSide(StructType box, String side) {
        return Arrays.asList(box.fieldNames()).contains(side)
                && (box.apply(side).dataType() instanceof FloatType
                        || box.apply(side).dataType() instanceof DoubleType);
    }

    boolean wantsPicturesWithoutBox() {
        return withoutBox.equals(WHOLE);
    }

    /** The row's box, null where it has none; throws {@link BrokenPictureException} where that or the box is an error. */
    @Nullable
    RelativeBox box(Row row) {
        if (row.isNullAt(column)) {
            if (withoutBox.equals(FAIL)) {
                throw new BrokenPictureException("without a box (null)");
            }
            return null;
        }
        Row box = row.getStruct(column);
        return new RelativeBox(side(box, ymin), side(box, xmin), side(box, ymax), side(box, xmax));
    }

    private static double side(Row box, int at) {
        return box.isNullAt(at) ? Double.NaN : ((Number) box.get(at)).doubleValue();
    }
}
