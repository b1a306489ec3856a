package io.tfcluster;

import io.tfcluster.feeding.Column;
import io.tfcluster.feeding.ColumnType;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;
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
import org.apache.spark.sql.types.UserDefinedType;

/**
 * How a DataFrame's column holds its cells, as far as a feed can take them.
 *
 * @param element what is in a cell, or in its arrays; {@code DOUBLE} for vectors, {@code BYTES} for images
 * @param depth how many arrays lie in each other; 0 for all but {@link Kind#ARRAY}
 */
record CellForm(Kind kind, Element element, int depth) implements Serializable {
    /** Vectors are recognised by name and form: only Spark ML has their class, which need not be there. */
    private static final List<String> VECTORS =
            List.of("org.apache.spark.ml.linalg.VectorUDT", "org.apache.spark.mllib.linalg.VectorUDT");

    private static final List<String> VECTOR_FIELDS = List.of("type", "size", "indices", "values");

    /** Spark's ImageSchema. */
    private static final List<String> IMAGE_FIELDS = List.of("origin", "height", "width", "nChannels", "mode", "data");

    /** What a cell is. */
    enum Kind {
        /** A number or a truth value. */
        SCALAR,
        /** Text or bytes. */
        VALUE,
        /** An array, or arrays of arrays, of numbers or truth values. */
        ARRAY,
        /** A dense or sparse vector of Spark ML. */
        VECTOR,
        /** Spark's image: height, width, channels and bytes, blue before green before red. */
        IMAGE
    }

    /** A type of Spark; its bytes are those of an element in Spark's binary arrays. */
    enum Element {
        BYTE(1, ColumnType.INT32),
        SHORT(2, ColumnType.INT32),
        INT(4, ColumnType.INT32),
        LONG(8, ColumnType.INT64),
        FLOAT(4, ColumnType.FLOAT32),
        DOUBLE(8, ColumnType.FLOAT64),
        BOOLEAN(1, ColumnType.BOOL),
        TEXT(0, ColumnType.STRING),
        BYTES(0, ColumnType.BINARY);

        private final int bytes;
        private final ColumnType natural;

        Element(int bytes, ColumnType natural) {
            this.bytes = bytes;
            this.natural = natural;
        }

        int bytes() {
            return bytes;
        }

        /** Returns the column type that holds all values of this type. */
        ColumnType natural() {
            return natural;
        }

        boolean isInteger() {
            return this == BYTE || this == SHORT || this == INT || this == LONG;
        }

        /** Returns whether a column of that type takes such values, each or some of them. */
        boolean fits(ColumnType wanted) {
            return switch (wanted) {
                case UINT8, INT32, INT64 -> isInteger();
                case FLOAT32, FLOAT64 -> isInteger() || this == FLOAT || this == DOUBLE;
                case BOOL -> this == BOOLEAN;
                case STRING -> this == TEXT;
                case BINARY -> this == BYTES;
            };
        }
    }

    /** Returns the form of a type; empty for one that no feed takes. */
    static Optional<CellForm> of(DataType type) {
        if (type instanceof UserDefinedType<?> own) {
            boolean vector = VECTORS.contains(own.getClass().getName()) && isStruct(own.sqlType(), VECTOR_FIELDS);
            return vector ? Optional.of(new CellForm(Kind.VECTOR, Element.DOUBLE, 0)) : Optional.empty();
        }
        if (isStruct(type, IMAGE_FIELDS)) {
            return Optional.of(new CellForm(Kind.IMAGE, Element.BYTES, 0));
        }
        if (type instanceof ArrayType array) {
            return of(array.elementType())
                    .filter(element -> element.kind == Kind.SCALAR || element.kind == Kind.ARRAY)
                    .map(element -> new CellForm(Kind.ARRAY, element.element, element.depth + 1));
        }
        return element(type).map(element -> new CellForm(element.bytes() == 0 ? Kind.VALUE : Kind.SCALAR, element, 0));
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

    private static boolean isStruct(DataType type, List<String> fields) {
        return type instanceof StructType struct && List.of(struct.fieldNames()).equals(fields);
    }

    /** Returns whether a column can be filled from this; lengths and values are seen only row by row. */
    boolean fits(Column column) {
        int rank = column.shape().size();
        return switch (kind) {
            case SCALAR -> rank == 0 && element.fits(column.type());
            case VALUE ->
                element.fits(column.type()) || (element == Element.BYTES && column.type() == ColumnType.UINT8);
            case ARRAY -> (depth == rank || (depth == 1 && rank > 1)) && element.fits(column.type());
            case VECTOR -> rank > 0 && (column.type() == ColumnType.FLOAT32 || column.type() == ColumnType.FLOAT64);
            case IMAGE -> rank == 3 && column.type() == ColumnType.UINT8;
        };
    }
}
