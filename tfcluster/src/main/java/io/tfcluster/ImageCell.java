package io.tfcluster;

import io.tfcluster.feeding.Column;
import io.tfcluster.feeding.RowWriter;
import java.nio.ByteBuffer;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/** Images of Spark's ImageSchema: origin, height, width, nChannels, mode, data; the bytes go as they are, blue, green, red. */
final class ImageCell implements CellWriter {
    private final Column column;
    private final UnsafeRow view = new UnsafeRow(ImageShape.FIELDS);
    private final SparkMemory memory = new SparkMemory();

    ImageCell(Column column) {
        this.column = column;
    }

    @Override
    public void write(SpecializedGetters row, int ordinal, RowWriter out) {
        InternalRow image = SparkMemory.struct(row, ordinal, view);
        for (int i = ImageShape.HEIGHT; i < ImageShape.FIELDS; i++) {
            if (image.isNullAt(i)) {
                throw ImageShape.incomplete(column.name());
            }
        }
        ImageShape.check(
                column,
                image.getInt(ImageShape.HEIGHT),
                image.getInt(ImageShape.WIDTH),
                image.getInt(ImageShape.CHANNELS),
                image.getInt(ImageShape.MODE));
        ByteBuffer data = memory.bytes(image, ImageShape.DATA);
        out.cell(column.type(), data.remaining()).put(data);
    }
}
