package io.tfcluster.benchmarks;

import io.tfcluster.FrameEncoders;
import io.tfcluster.feeding.EncodedBlock;
import io.tfcluster.feeding.FeedConfig;
import io.tfcluster.feeding.FeedOptions;
import io.tfcluster.feeding.FeedPartition;
import io.tfcluster.feeding.PartitionFeeder;
import io.tfcluster.feeding.RowEncoder;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.encoders.ExpressionEncoder;
import org.apache.spark.sql.catalyst.encoders.RowEncoder$;

/**
 * How fast the rows of a DataFrame become blocks, in one thread, on three ways: as Row objects, which Spark makes of its internal rows when a
 * DataFrame is used as an RDD; straight from the internal rows; and through Spark's ArrowWriter, whose vectors are then copied into a block,
 * without a check of lengths and nulls, which it would need in addition. The limit is {@link MemoryCopy}'s.
 */
final class EncodeBenchmark implements Benchmark {
    private static final int BLOCK_BYTES = FeedOptions.DEFAULTS.blockBytes();
    private static final int BLOCK_ROWS = 4_096;
    private static final int PASSES = 5;
    private static final long WARM_UP_NANOS = 2_000_000_000;
    private static final long COPIED_BYTES = 4L << 30;
    private static final FeedPartition PARTITION = new FeedPartition("train", 0, 0, 0);

    private final int divisor;

    /** Encodes the stated rows divided by a number, 1 for a figure that counts. */
    EncodeBenchmark(int divisor) {
        this.divisor = divisor;
    }

    @Override
    public String name() {
        return "encode";
    }

    @Override
    public String about() {
        return "rows of a DataFrame become blocks: from Rows, from internal rows, through Arrow";
    }

    @Override
    public List<Measurement> run(Consumer<String> progress) {
        List<Measurement> measurements = new ArrayList<>();
        double memory = MemoryCopy.bytesPerSecond(COPIED_BYTES / divisor) / 1e6;
        for (FrameRows rows : FrameRows.kinds(divisor)) {
            progress.accept("encoding " + rows.count() + " rows of " + rows.name() + " ...");
            double objects = megabytesPerSecond(rows, () -> objects(rows));
            double internal = megabytesPerSecond(rows, () -> internal(rows));
            double arrow;
            try (ArrowBlocks blocks = new ArrowBlocks(rows.data(), blockRows(rows))) {
                arrow = megabytesPerSecond(rows, () -> blocks.encode(rows.iterator()));
            }
            String name = "encode." + rows.name();
            measurements.add(Measurement.of(name + ".rows", objects, "MB/s", memory));
            measurements.add(Measurement.of(name + ".internalRows", internal, "MB/s", memory));
            measurements.add(Measurement.of(name + ".arrow", arrow, "MB/s", memory));
            measurements.add(Measurement.of(name + ".internalRows.rate", 1e6 * internal / rows.rowBytes(), "rows/s"));
        }
        return measurements;
    }

    private static int blockRows(FrameRows rows) {
        return Math.max(1, Math.min(BLOCK_ROWS, BLOCK_BYTES / rows.rowBytes()));
    }

    /** Returns the best of some passes, after as many as the compiler of the JVM needs. */
    private double megabytesPerSecond(FrameRows rows, LongSupplier encode) {
        long bytes = (long) rows.count() * rows.rowBytes();
        long warm = System.nanoTime() + WARM_UP_NANOS / divisor;
        do {
            check(rows, bytes, encode.getAsLong());
        } while (System.nanoTime() < warm);
        double best = 0;
        for (int pass = 0; pass < PASSES; pass++) {
            long start = System.nanoTime();
            check(rows, bytes, encode.getAsLong());
            best = Math.max(best, bytes / 1e6 / ((System.nanoTime() - start) / 1e9));
        }
        return best;
    }

    private static void check(FrameRows rows, long bytes, long encoded) {
        if (encoded < bytes || encoded > bytes + 16L * rows.count()) { // offsets of values of any length come on top
            throw new IllegalStateException(
                    rows.count() + " rows of " + rows.name() + " became " + encoded + " bytes, not about " + bytes);
        }
    }

    private static long objects(FrameRows rows) {
        ExpressionEncoder.Deserializer<Row> toRow = deserializer(rows);
        Iterator<InternalRow> internal = rows.iterator();
        Iterator<Row> objects = new Iterator<>() {
            @Override
            public boolean hasNext() {
                return internal.hasNext();
            }

            @Override
            public Row next() {
                return toRow.apply(internal.next());
            }
        };
        return encoded(rows, objects, FrameEncoders.rows(rows.feed()));
    }

    /** What {@code Dataset.rdd()} puts behind its internal rows. */
    private static ExpressionEncoder.Deserializer<Row> deserializer(FrameRows rows) {
        ExpressionEncoder<Row> encoder = ExpressionEncoder.apply(RowEncoder$.MODULE$.encoderFor(rows.data()));
        return encoder.resolveAndBind(encoder.resolveAndBind$default$1(), encoder.resolveAndBind$default$2())
                .createDeserializer();
    }

    private static long internal(FrameRows rows) {
        return encoded(rows, rows.iterator(), FrameEncoders.internalRows(rows.feed(), rows.data()));
    }

    private static <T> long encoded(FrameRows rows, Iterator<T> input, RowEncoder<T> encoder) {
        Iterator<EncodedBlock> blocks = PartitionFeeder.encode(
                PARTITION, input, FeedConfig.of(rows.feed()).blocks(BLOCK_BYTES), encoder);
        long bytes = 0;
        while (blocks.hasNext()) {
            bytes += blocks.next().payload().length;
        }
        return bytes;
    }
}
