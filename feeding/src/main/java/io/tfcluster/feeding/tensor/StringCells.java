package io.tfcluster.feeding.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.tensorflow.ndarray.NdArray;
import org.tensorflow.types.TString;

/** Strings of a tensor as offsets and bytes. */
final class StringCells {
    private StringCells() {}

    static ByteBuffer of(TString tensor) {
        NdArray<byte[]> values = tensor.asBytes();
        int rows = (int) tensor.shape().get(0);
        byte[][] cells = new byte[rows][];
        long bytes = 4L * (rows + 1L);
        for (int row = 0; row < rows; row++) {
            cells[row] = values.getObject(row);
            bytes += cells[row].length;
        }
        if (bytes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "string results of " + rows + " rows have " + bytes + " bytes, the limit is 2 GiB");
        }
        ByteBuffer out = ByteBuffer.allocate((int) bytes).order(ByteOrder.LITTLE_ENDIAN);
        int end = 0;
        out.putInt(0);
        for (byte[] cell : cells) {
            end += cell.length;
            out.putInt(end);
        }
        for (byte[] cell : cells) {
            out.put(cell);
        }
        return out.flip();
    }
}
