package io.tfcluster;

import io.tfcluster.feeding.EncodedBlock;
import io.tfcluster.feeding.FeedConfig;
import io.tfcluster.feeding.FeedPartition;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.feeding.PartitionFeeder;
import io.tfcluster.feeding.RowEncoder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.catalyst.CatalystTypeConverters;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.Platform;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/** Rows in all the forms in which Spark may hold them, and what they are when encoded. */
final class FrameCells {
    static final DataType VECTOR = SQLDataTypes.VectorType();
    static final StructType IMAGE = new StructType()
            .add("origin", DataTypes.StringType)
            .add("height", DataTypes.IntegerType)
            .add("width", DataTypes.IntegerType)
            .add("nChannels", DataTypes.IntegerType)
            .add("mode", DataTypes.IntegerType)
            .add("data", DataTypes.BinaryType);

    private FrameCells() {}

    /** Returns the bytes of these rows, block after block. */
    static <T> byte[] encode(FeedSchema schema, RowEncoder<T> encoder, Iterator<T> rows) {
        Iterator<EncodedBlock> blocks = PartitionFeeder.encode(
                new FeedPartition("train", 0, 3, 0), rows, FeedConfig.of(schema).blocks(1 << 16), encoder);
        ByteBuffer all = ByteBuffer.allocate(1 << 24);
        blocks.forEachRemaining(block -> all.putInt(block.rows()).put(block.payload()));
        return Arrays.copyOf(all.array(), all.position());
    }

    /** Returns the payload of one row. */
    static <T> ByteBuffer encodeOne(FeedSchema schema, RowEncoder<T> encoder, T row) {
        byte[] bytes = encode(schema, encoder, List.of(row).iterator());
        return ByteBuffer.wrap(bytes, 4, bytes.length - 4).slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Returns an encoder as {@link DataFrameRows} makes it. */
    static InternalRowEncoder encoder(FeedSchema schema, StructType data) {
        return new InternalRowEncoder(
                schema,
                Stream.of(data.fields())
                        .map(field -> CellForm.of(field.dataType()).orElseThrow())
                        .toList());
    }

    /** Returns the row as objects behind Spark's interface. */
    static InternalRow generic(StructType data, Row row) {
        return (InternalRow)
                CatalystTypeConverters.createToCatalystConverter(data).apply(row);
    }

    /** Returns a function that makes binary rows, the same object each time, as Spark's operators do. */
    static UnsafeProjection projection(StructType data) {
        return UnsafeProjection.create(data);
    }

    /** Returns the binary row in another kind of array, as after a sort. */
    static UnsafeRow elsewhere(UnsafeRow row) {
        byte[] bytes = row.getBytes();
        long[] words = new long[bytes.length / 8 + 1];
        Platform.copyMemory(bytes, Platform.BYTE_ARRAY_OFFSET, words, Platform.LONG_ARRAY_OFFSET + 8, bytes.length);
        UnsafeRow other = new UnsafeRow(row.numFields());
        other.pointTo(words, Platform.LONG_ARRAY_OFFSET + 8, bytes.length);
        return other;
    }

    static Seq<Object> seq(Object... values) {
        return JavaConverters.asScalaBuffer(Arrays.asList(values));
    }

    static Row image(int height, int width, int channels, byte[] data) {
        return RowFactory.create("file:/a.png", height, width, channels, 8 * (channels - 1), data);
    }
}
