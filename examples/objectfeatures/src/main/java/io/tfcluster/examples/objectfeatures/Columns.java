package io.tfcluster.examples.objectfeatures;

import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** The columns of what is written. */
final class Columns {

    static final String WIDTH = "width";
    static final String HEIGHT = "height";
    static final String BOXES = "boxes";
    static final String BOX = "box";
    static final String CLASS = "class";
    static final String SCORE = "score";
    static final String VALUES = "features";
    static final String CODE = "code";
    static final String REASON = "reason";

    /** A box, 0 to 1 in the upright picture, as ObjectDetector makes it. */
    static final StructType BOX_TYPE = new StructType()
            .add("ymin", DataTypes.FloatType)
            .add("xmin", DataTypes.FloatType)
            .add("ymax", DataTypes.FloatType)
            .add("xmax", DataTypes.FloatType)
            .add("classId", DataTypes.IntegerType)
            .add("label", DataTypes.StringType)
            .add(SCORE, DataTypes.FloatType);

    /** All but features and code: what a page shows. */
    static final StructType SHOWN = new StructType()
            .add(Pictures.ID, DataTypes.StringType)
            .add(Pictures.PLACE, DataTypes.StringType)
            .add(Pictures.LABEL, DataTypes.StringType)
            .add(WIDTH, DataTypes.IntegerType)
            .add(HEIGHT, DataTypes.IntegerType)
            .add(BOXES, DataTypes.createArrayType(BOX_TYPE))
            .add(BOX, BOX_TYPE)
            .add(CLASS, DataTypes.StringType)
            .add(SCORE, DataTypes.FloatType);

    /** What is written of a picture. */
    static final StructType FEATURES = SHOWN.add(VALUES, DataTypes.createArrayType(DataTypes.FloatType, false))
            .add(CODE, DataTypes.BinaryType);

    /** What is written of a picture that cannot be used. */
    static final StructType REJECTED = new StructType()
            .add(Pictures.ID, DataTypes.StringType)
            .add(Pictures.PLACE, DataTypes.StringType)
            .add(REASON, DataTypes.StringType);

    private Columns() {}
}
