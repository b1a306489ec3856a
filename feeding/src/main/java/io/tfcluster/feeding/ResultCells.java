package io.tfcluster.feeding;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Makes objects of the cells of one row of results. */
final class ResultCells {
    private ResultCells() {}

    static Object[] of(Block block, int row) {
        List<Column> columns = block.schema().columns();
        Object[] cells = new Object[columns.size()];
        for (int c = 0; c < cells.length; c++) {
            ByteBuffer cell = block.payload()
                    .slice(block.cellStart(c, row), block.cellLength(c, row))
                    .order(ByteOrder.LITTLE_ENDIAN);
            Column column = columns.get(c);
            cells[c] = column.type().isFixed() && !column.shape().isEmpty()
                    ? array(column, cell)
                    : scalar(column.type(), cell);
        }
        return cells;
    }

    private static Object scalar(ColumnType type, ByteBuffer cell) {
        return switch (type) {
            case UINT8 -> Byte.toUnsignedInt(cell.get());
            case INT32 -> cell.getInt();
            case INT64 -> cell.getLong();
            case FLOAT32 -> cell.getFloat();
            case FLOAT64 -> cell.getDouble();
            case BOOL -> cell.get() != 0;
            case STRING -> new String(bytes(cell), UTF_8);
            case BINARY -> bytes(cell);
        };
    }

    private static Object array(Column column, ByteBuffer cell) {
        int count = column.elements();
        switch (column.type()) {
            case INT32 -> {
                int[] values = new int[count];
                cell.asIntBuffer().get(values);
                return values;
            }
            case INT64 -> {
                long[] values = new long[count];
                cell.asLongBuffer().get(values);
                return values;
            }
            case FLOAT32 -> {
                float[] values = new float[count];
                cell.asFloatBuffer().get(values);
                return values;
            }
            case FLOAT64 -> {
                double[] values = new double[count];
                cell.asDoubleBuffer().get(values);
                return values;
            }
            case BOOL -> {
                boolean[] values = new boolean[count];
                for (int i = 0; i < count; i++) {
                    values[i] = cell.get() != 0;
                }
                return values;
            }
            default -> {
                return bytes(cell);
            }
        }
    }

    private static byte[] bytes(ByteBuffer cell) {
        byte[] bytes = new byte[cell.remaining()];
        cell.get(bytes);
        return bytes;
    }
}
