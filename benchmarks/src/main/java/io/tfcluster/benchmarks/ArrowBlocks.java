package io.tfcluster.benchmarks;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.execution.arrow.ArrowWriter;
import org.apache.spark.sql.types.StructType;

/** Rows through Spark's ArrowWriter into vectors, and the vectors' memory into one block. */
final class ArrowBlocks implements AutoCloseable {
    private final ArrowWriter writer;
    private final int blockRows;

    ArrowBlocks(StructType data, int blockRows) {
        this.writer = ArrowWriter.create(data, "UTC", true);
        this.blockRows = blockRows;
    }

    /** Returns the bytes of all blocks. */
    long encode(Iterator<InternalRow> rows) {
        long bytes = 0;
        while (rows.hasNext()) {
            int count = 0;
            for (; count < blockRows && rows.hasNext(); count++) {
                writer.write(rows.next());
            }
            writer.finish();
            bytes += block(count).length;
            writer.reset();
        }
        return bytes;
    }

    private byte[] block(int rows) {
        List<ArrowBuf> parts = new ArrayList<>();
        List<Integer> lengths = new ArrayList<>();
        for (FieldVector vector : writer.root().getFieldVectors()) {
            if (vector instanceof BaseVariableWidthVector values) {
                parts.add(values.getOffsetBuffer());
                lengths.add(4 * (rows + 1));
                parts.add(values.getDataBuffer());
                lengths.add(values.getOffsetBuffer().getInt(4L * rows));
            } else if (vector instanceof ListVector list) {
                parts.add(list.getDataVector().getDataBuffer());
                lengths.add(4 * list.getDataVector().getValueCount()); // floats
            } else {
                parts.add(vector.getDataBuffer());
                lengths.add(rows * (vector.getField().getName().equals("label") ? 8 : 4));
            }
        }
        byte[] block = new byte[lengths.stream().mapToInt(Integer::intValue).sum()];
        int at = 0;
        for (int i = 0; i < parts.size(); i++) {
            parts.get(i).getBytes(0, block, at, lengths.get(i));
            at += lengths.get(i);
        }
        return block;
    }

    @Override
    public void close() {
        writer.root().close();
    }
}
