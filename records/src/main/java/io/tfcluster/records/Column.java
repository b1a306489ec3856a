package io.tfcluster.records;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.apache.spark.sql.types.UserDefinedType;

/**
 * A column that records can hold.
 *
 * @param depth 0 for one value, 1 for an array, 2 for a list of arrays
 * @param vector whether it is a vector of Spark ML, which is written as an array of floats
 */
record Column(String name, int depth, Cell cell, boolean vector, boolean nullable) implements Serializable {
    private static final Set<String> VECTORS =
            Set.of("org.apache.spark.ml.linalg.VectorUDT", "org.apache.spark.mllib.linalg.VectorUDT");

    /** Checks the columns, all of them, before anything is started. */
    static List<Column> of(StructType schema, RecordType recordType, boolean writing) {
        if (recordType == RecordType.BYTE_ARRAY) {
            return List.of(bytesColumn(schema));
        }
        List<Column> columns = new ArrayList<>();
        Set<String> names = new TreeSet<>();
        for (StructField field : schema.fields()) {
            if (!names.add(field.name())) {
                throw new IllegalArgumentException("two columns are named " + field.name()
                        + ", but a record holds a name once; rename one of them");
            }
            columns.add(of(field, recordType, writing));
        }
        return List.copyOf(columns);
    }

    private static Column bytesColumn(StructType schema) {
        if (schema.size() != 1 || !(schema.fields()[0].dataType() instanceof BinaryType)) {
            throw new IllegalArgumentException(
                    "records of type ByteArray have one column of type binary, but the columns are "
                            + schema.catalogString() + "; select that one, or take record type Example");
        }
        return new Column(schema.fields()[0].name(), 0, Cell.BINARY, false, false);
    }

    private static Column of(StructField field, RecordType recordType, boolean writing) {
        DataType type = field.dataType();
        if (writing && isVector(type)) {
            return new Column(field.name(), 1, Cell.FLOAT, true, field.nullable());
        }
        int depth = 0;
        while (type instanceof ArrayType array) {
            type = array.elementType();
            depth++;
        }
        String name = field.name();
        if (depth > 2 || (depth == 2 && recordType == RecordType.EXAMPLE)) {
            throw new IllegalArgumentException(refusal(field)
                    + (depth == 2
                            ? "an Example holds flat arrays only; flatten(" + name
                                    + "), or take record type SequenceExample"
                            : "records hold arrays of arrays at most; flatten it"));
        }
        DataType element = type;
        Cell cell = Cell.of(element).orElseThrow(() -> new IllegalArgumentException(refusal(field) + remedy(element)));
        return new Column(name, depth, cell, false, field.nullable());
    }

    private static boolean isVector(DataType type) {
        return type instanceof UserDefinedType<?> udt
                && VECTORS.contains(udt.getClass().getName());
    }

    private static String refusal(StructField field) {
        return "column " + field.name() + " is " + field.dataType().catalogString() + ", which no record holds: ";
    }

    private static String remedy(DataType type) {
        if (type instanceof DecimalType) {
            return "cast it to double (32 bits are kept), or to string";
        }
        if (type instanceof TimestampType || type instanceof TimestampNTZType || type instanceof DateType) {
            return "cast it to bigint (unix_micros, unix_date), or to string";
        }
        if (type instanceof StructType) {
            return "select its fields as columns of their own";
        }
        if (type instanceof MapType) {
            return "select map_keys and map_values, or to_json, as columns of their own";
        }
        if (isVector(type)) {
            return "read it as array<double>";
        }
        return "cast it to bigint, float, double, string or binary, or leave it out (its type is "
                + type.typeName().toLowerCase(Locale.ROOT) + ")";
    }
}
