package io.tfcluster;

import java.util.OptionalLong;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;

/** What is said of a DataFrame's columns in errors, and known of them besides their types; for stages that check schemas. */
public final class FrameTypes {
    private static final int LONGEST = 40;

    private FrameTypes() {}

    /** Returns a type in a few words. */
    public static String text(StructField field) {
        CellForm.Kind kind = CellForm.of(field.dataType()).map(CellForm::kind).orElse(CellForm.Kind.SCALAR);
        if (kind == CellForm.Kind.IMAGE) {
            return "image";
        }
        if (kind == CellForm.Kind.VECTOR) {
            OptionalLong length = vectorLength(field);
            return length.isPresent() ? "vector of " + length.getAsLong() : "vector";
        }
        String name = field.dataType().simpleString();
        return name.length() <= LONGEST ? name : name.substring(0, LONGEST - 1) + "…";
    }

    /** Returns the number of values that Spark ML has noted for a column of vectors ({@code AttributeGroup}), if it has. */
    public static OptionalLong vectorLength(StructField field) {
        Metadata notes = field.metadata();
        if (notes.contains("ml_attr") && notes.getMetadata("ml_attr").contains("num_attrs")) {
            return OptionalLong.of(notes.getMetadata("ml_attr").getLong("num_attrs"));
        }
        return OptionalLong.empty();
    }

    /** Returns how to make something that can be fed of a type that cannot. */
    public static String advice(String column, DataType type) {
        String col = "col(\"" + column + "\")";
        if (type instanceof DecimalType) {
            return col + ".cast(\"double\")";
        } else if (type instanceof DateType) {
            return "expr(\"unix_date(" + column + ")\")";
        } else if (type instanceof TimestampType) {
            return col + ".cast(\"double\") for seconds";
        } else if (type instanceof TimestampNTZType) {
            return col + ".cast(\"timestamp\").cast(\"double\") for seconds";
        } else if (type instanceof MapType) {
            return col + ".getItem(key), one column for each key";
        } else if (type instanceof StructType) {
            return "select its fields, " + column + ".*, as columns";
        } else if (type instanceof ArrayType) {
            return "cast its elements to numbers, or make columns of them with " + col + ".getItem(i)";
        } else if (type instanceof NullType) {
            return col + ".cast(type), and fill the nulls";
        }
        return "cast or drop it";
    }
}
