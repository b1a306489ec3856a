package io.tfcluster.estimator;

import java.io.Serializable;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;

/**
 * Which column an output of the model becomes.
 *
 * @param column its name; "" for one that is only read for predictions
 * @param batched whether the tensor's first dimension is the rows; otherwise the whole tensor is the cell of the only row
 */
record OutputPlan(String column, TensorSpec spec, Kind kind, boolean batched) implements Serializable {
    /** What a cell becomes. */
    enum Kind {
        /** What the tensor's type and shape say. */
        PLAIN,
        /** A Spark ML vector. */
        VECTOR,
        /** Bytes instead of text. */
        BINARY
    }

    /** Returns how many arrays lie in each other; 1 for a shape that is not known, whose elements are put one after the other. */
    int depth() {
        if (!spec.ranked()) {
            return 1;
        }
        return batched ? Math.max(0, spec.rank() - 1) : spec.rank();
    }

    DataType element() {
        return kind == Kind.BINARY ? DataTypes.BinaryType : spec.type().spark();
    }

    StructField field() {
        if (kind == Kind.VECTOR) {
            return DataTypes.createStructField(column, SQLDataTypes.VectorType(), false);
        }
        DataType type = element();
        for (int level = 0; level < depth(); level++) {
            type = DataTypes.createArrayType(type, false);
        }
        return DataTypes.createStructField(column, type, false);
    }
}
