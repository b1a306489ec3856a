package io.tfcluster.estimator.internal;

import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;

/** Between Spark's generated code and a task's rows; not for users. */
public final class RowObjects {
    private RowObjects() {}

    /** Returns a row that stays when the one it was read from is gone. */
    public static InternalRow kept(InternalRow row) {
        return row.copy();
    }

    /** Returns a row that is good until the next one comes. */
    public static InternalRow passing(InternalRow row) {
        return row;
    }

    /** Returns a task's row as Spark's struct. */
    public static InternalRow struct(GenericInternalRow row) {
        return row;
    }
}
