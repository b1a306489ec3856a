package io.tfcluster.tools;

import java.util.Arrays;
import org.apache.spark.ml.functions;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Makes texts of what a CSV file cannot hold: arrays, vectors and structs become JSON, bytes base64. */
final class CsvCells {
    private CsvCells() {}

    static Dataset<Row> of(Dataset<Row> rows) {
        return rows.select(Arrays.stream(rows.schema().fields())
                .map(field -> cell(rows, field))
                .toArray(Column[]::new));
    }

    private static Column cell(Dataset<Row> rows, StructField field) {
        Column column = rows.col("`" + field.name().replace("`", "``") + "`");
        if (field.dataType().equals(SQLDataTypes.VectorType())) {
            return org.apache
                    .spark
                    .sql
                    .functions
                    .to_json(functions.vector_to_array(column, "float64"))
                    .as(field.name());
        }
        if (field.dataType() instanceof ArrayType || field.dataType() instanceof StructType) {
            return org.apache.spark.sql.functions.to_json(column).as(field.name());
        }
        if (field.dataType() instanceof BinaryType) {
            return org.apache.spark.sql.functions.base64(column).as(field.name());
        }
        return column;
    }
}
