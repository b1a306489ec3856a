package io.tfcluster;

import io.tfcluster.feeding.Column;
import io.tfcluster.feeding.ColumnType;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.feeding.InferredRow;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import scala.collection.mutable.WrappedArray;

/** Makes Spark's rows of what the nodes answered: columns by output name, arrays as Spark's own sequences, flat and row-major. */
final class ResultRows {
    private @Nullable FeedSchema known;
    private StructType type = new StructType();

    @SuppressWarnings(
            "ReferenceEquality") // one schema object per block of results; comparing the columns of each row would cost
    // more
    Row row(InferredRow<?> inferred) {
        if (known != inferred.schema()) {
            known = inferred.schema();
            type = type(inferred.schema());
        }
        List<Object> cells = inferred.cells();
        Object[] values = new Object[cells.size()];
        for (int i = 0; i < values.length; i++) {
            Object cell = cells.get(i);
            boolean array = cell.getClass().isArray() && !(cell instanceof byte[]);
            values[i] = array ? WrappedArray.make(cell) : cell;
        }
        return new GenericRowWithSchema(values, type);
    }

    static StructType type(FeedSchema schema) {
        List<StructField> fields = new ArrayList<>();
        for (Column column : schema.columns()) {
            fields.add(DataTypes.createStructField(column.name(), type(column), false));
        }
        return DataTypes.createStructType(fields);
    }

    private static DataType type(Column column) {
        DataType element = switch (column.type()) {
            case UINT8, INT32 -> DataTypes.IntegerType;
            case INT64 -> DataTypes.LongType;
            case FLOAT32 -> DataTypes.FloatType;
            case FLOAT64 -> DataTypes.DoubleType;
            case BOOL -> DataTypes.BooleanType;
            case STRING -> DataTypes.StringType;
            case BINARY -> DataTypes.BinaryType;
        };
        if (column.shape().isEmpty()) {
            return element;
        }
        return column.type() == ColumnType.UINT8 ? DataTypes.BinaryType : DataTypes.createArrayType(element, false);
    }
}
