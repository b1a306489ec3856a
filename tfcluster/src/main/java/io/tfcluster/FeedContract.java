package io.tfcluster;

import io.tfcluster.feeding.Column;
import io.tfcluster.feeding.ColumnType;
import io.tfcluster.feeding.FeedSchema;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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

/** Checks on the driver that a DataFrame can fill a feed, before the first task starts. */
final class FeedContract {
    private FeedContract() {}

    /**
     * Compares both sides.
     *
     * @throws IllegalArgumentException if a column is missing or of a type that does not fit; the text shows both sides, a line each
     */
    static void check(String feed, FeedSchema schema, StructType data) {
        List<String> lines = new ArrayList<>();
        boolean fits = true;
        for (Column column : schema.columns()) {
            boolean there = Arrays.asList(data.fieldNames()).contains(column.name());
            String found = there ? data.apply(column.name()).dataType().simpleString() : "missing";
            boolean good = there && fits(column, data.apply(column.name()).dataType());
            fits &= good;
            lines.add(String.format(
                    "  %-20s %-24s %-20s %s", column.name(), wanted(column), found, good ? "" : "<- does not fit"));
        }
        if (!fits) {
            throw new IllegalArgumentException(
                    "the DataFrame does not fit the feed \"" + feed + "\"; select, rename or cast its columns:\n"
                            + String.format("  %-20s %-24s %s%n", "column", "feed wants", "DataFrame has")
                            + String.join("\n", lines));
        }
    }

    private static String wanted(Column column) {
        return column.toString().substring(column.name().length() + 1);
    }

    private static boolean fits(Column column, DataType type) {
        if (column.type() == ColumnType.UINT8 && type instanceof BinaryType) {
            return true;
        }
        if (!column.shape().isEmpty()) {
            return type instanceof ArrayType array && element(column.type(), array.elementType());
        }
        return element(column.type(), type);
    }

    private static boolean element(ColumnType wanted, DataType type) {
        boolean integer = type instanceof ByteType
                || type instanceof ShortType
                || type instanceof IntegerType
                || type instanceof LongType;
        return switch (wanted) {
            case UINT8, INT32, INT64 -> integer;
            case FLOAT32, FLOAT64 -> integer || type instanceof FloatType || type instanceof DoubleType;
            case BOOL -> type instanceof BooleanType;
            case STRING -> type instanceof StringType;
            case BINARY -> type instanceof BinaryType;
        };
    }
}
