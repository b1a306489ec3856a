package io.tfcluster;

import io.tfcluster.feeding.Column;
import io.tfcluster.feeding.RowWriter;
import java.nio.ByteBuffer;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;

/** Texts and bytes. */
final class ValueCell implements CellWriter {
    private final Column column;
    private final boolean text;
    private final SparkMemory memory = new SparkMemory();

    ValueCell(Column column, CellForm.Element element) {
        this.column = column;
        this.text = element == CellForm.Element.TEXT;
    }

    @Override
    public void write(SpecializedGetters row, int ordinal, RowWriter out) {
        ByteBuffer value = text ? memory.text(row, ordinal) : memory.bytes(row, ordinal);
        out.cell(column.type(), value.remaining()).put(value);
    }
}
