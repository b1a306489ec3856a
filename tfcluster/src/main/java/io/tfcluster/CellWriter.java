package io.tfcluster;

import io.tfcluster.feeding.RowWriter;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;

/** Writes the cells of one column of internal rows; one thread. */
interface CellWriter {
    /** Writes a cell that is not null. */
    void write(SpecializedGetters row, int ordinal, RowWriter out);
}
