package io.tfcluster.estimator;

import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;

/**
 * How a column holds what becomes a tensor.
 *
 * @param element what is in a cell, or in its arrays; DOUBLE for vectors, BYTE for images
 * @param depth dimensions of a cell: arrays in each other, 1 for vectors, 3 for images
 * @param nulls whether an array may hold nulls, so that each must be looked at
 */
record CellKind(Form form, Element element, int depth, boolean nulls) implements Serializable {
    private static final List<String> IMAGE = List.of("origin", "height", "width", "nChannels", "mode", "data");

    /** What a cell is made of. */
    enum Form {
        /** One number, truth value, text or string of bytes. */
        SINGLE,
        /** An array, or arrays of arrays. */
        ARRAY,
        /** A dense or sparse vector of Spark ML. */
        VECTOR,
        /** A picture of Spark's image source: blue before green before red. */
        IMAGE
    }

    /** What a number is in Spark's rows; its bytes are those in Spark's binary arrays. */
    enum Element {
        BYTE(1, TensorType.INT8),
        SHORT(2, TensorType.INT16),
        INT(4, TensorType.INT32),
        LONG(8, TensorType.INT64),
        FLOAT(4, TensorType.FLOAT32),
        DOUBLE(8, TensorType.FLOAT64),
        BOOLEAN(1, TensorType.BOOL),
        TEXT(0, TensorType.STRING),
        BYTES(0, TensorType.STRING);

        private final int bytes;
        private final TensorType same;

        Element(int bytes, TensorType same) {
            this.bytes = bytes;
            this.same = same;
        }

        int bytes() {
            return bytes;
        }

        /** Returns the type whose memory is the same. */
        TensorType same() {
            return same;
        }

        boolean isInteger() {
            return this == BYTE || this == SHORT || this == INT || this == LONG;
        }

        boolean isNumber() {
            return isInteger() || this == FLOAT || this == DOUBLE;
        }
    }

    /** Returns how a type is read; empty for one that no tensor is made of. */
    static Optional<CellKind> of(DataType type) {
        if (type.equals(SQLDataTypes.VectorType())) {
            return Optional.of(new CellKind(Form.VECTOR, Element.DOUBLE, 1, false));
        }
        if (type instanceof StructType struct && List.of(struct.fieldNames()).equals(IMAGE)) {
            return Optional.of(new CellKind(Form.IMAGE, Element.BYTE, 3, false));
        }
        if (type instanceof ArrayType array) {
            return of(array.elementType())
                    .filter(inner -> inner.form == Form.SINGLE || inner.form == Form.ARRAY)
                    .map(inner -> new CellKind(
                            Form.ARRAY, inner.element, inner.depth + 1, inner.nulls || array.containsNull()));
        }
        return element(type).map(element -> new CellKind(Form.SINGLE, element, 0, false));
    }

    private static Optional<Element> element(DataType type) {
        Element element = null;
        if (type instanceof ByteType) {
            element = Element.BYTE;
        } else if (type instanceof ShortType) {
            element = Element.SHORT;
        } else if (type instanceof IntegerType) {
            element = Element.INT;
        } else if (type instanceof LongType) {
            element = Element.LONG;
        } else if (type instanceof FloatType) {
            element = Element.FLOAT;
        } else if (type instanceof DoubleType) {
            element = Element.DOUBLE;
        } else if (type instanceof BooleanType) {
            element = Element.BOOLEAN;
        } else if (type instanceof StringType) {
            element = Element.TEXT;
        } else if (type instanceof BinaryType) {
            element = Element.BYTES;
        }
        return Optional.ofNullable(element);
    }

    /** Whether a column of bytes stands for numbers from 0 to 255. */
    boolean isRawBytes(TensorType wanted) {
        return form == Form.SINGLE && element == Element.BYTES && wanted == TensorType.UINT8;
    }

    /** Returns whether elements of that type can be made of these, each or, if they are in range, some. */
    boolean fits(TensorType wanted) {
        if (isRawBytes(wanted)) {
            return true;
        }
        if (form == Form.IMAGE) {
            return wanted == TensorType.UINT8 || wanted.isFloating();
        }
        return switch (wanted) {
            case FLOAT32, FLOAT64, FLOAT16, BFLOAT16 -> element.isNumber();
            case BOOL -> element == Element.BOOLEAN;
            case STRING -> element == Element.TEXT || element == Element.BYTES;
            default -> element.isInteger();
        };
    }
}
