package io.tfcluster.estimator.image;

import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.image.ImageSchema;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/** What the column of {@link ImageTransformer} holds. */
enum OutputType {
    /** Floats, height × width × channels. */
    ARRAY("array", "of floats, height × width × channels"),
    /** The same as a dense vector. */
    VECTOR("vector", "the same for Spark ML"),
    /** Spark's image struct. */
    IMAGE("image", "Spark's struct"),
    /** Eight bits a channel, height × width × channels. */
    BYTES("bytes", "8 bits a channel, height × width × channels"),
    /** A JPEG file. */
    JPEG("jpeg", "a file");

    static final List<String> NAMES =
            Arrays.stream(values()).map(OutputType::paramValue).toList();

    private final String paramValue;
    private final String meaning;

    OutputType(String paramValue, String meaning) {
        this.paramValue = paramValue;
        this.meaning = meaning;
    }

    String paramValue() {
        return paramValue;
    }

    /** Returns it as the text of the Param says it: "jpeg (a file)". */
    String text() {
        return paramValue + " (" + meaning + ")";
    }

    static OutputType of(String paramValue) {
        return Arrays.stream(values())
                .filter(type -> type.paramValue.equals(paramValue))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "outputType must be one of " + NAMES + ", got \"" + paramValue + "\""));
    }

    DataType dataType() {
        return switch (this) {
            case ARRAY -> DataTypes.createArrayType(DataTypes.FloatType, false);
            case VECTOR -> SQLDataTypes.VectorType();
            case IMAGE -> ImageSchema.columnSchema();
            case BYTES, JPEG -> DataTypes.BinaryType;
        };
    }

    boolean holdsFloats() {
        return this == ARRAY || this == VECTOR;
    }
}
