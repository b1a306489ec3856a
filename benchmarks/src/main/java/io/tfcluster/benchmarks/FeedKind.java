package io.tfcluster.benchmarks;

import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.feeding.RowWriter;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** The kinds of rows that are fed, and how many of them take some seconds. */
enum FeedKind {
    /** Images of 224 x 224 x 3 bytes. */
    IMAGES("images", 150_528, 64, 40_000) {
        @Override
        FeedSchema schema() {
            return FeedSchema.builder().uint8("image", 224, 224, 3).build();
        }

        @Override
        Example example(Random random, int index) {
            return Example.ofBytes(random, rowBytes());
        }

        @Override
        void encode(Example row, RowWriter out) {
            out.putBytes(row.bytes());
        }
    },
    /** Byte strings as JPEG files have them: 18 KB on average, each of another length. */
    JPEG("jpeg", 18_000, 256, 480_000) {
        @Override
        FeedSchema schema() {
            return FeedSchema.builder().binary("jpeg").build();
        }

        @Override
        Example example(Random random, int index) {
            int step = 250; // so that the lengths of all prepared rows have the mean that is promised
            return Example.ofBytes(random, rowBytes() - step * (PREPARED - 1) + 2 * step * index);
        }

        @Override
        void encode(Example row, RowWriter out) {
            out.putBytes(row.bytes());
        }
    },
    /** 784 floats and a label. */
    FLOATS784("floats784", 784 * Float.BYTES + Long.BYTES, 1024, 1_600_000) {
        @Override
        FeedSchema schema() {
            return FeedSchema.builder().float32("x", 784).int64("label").build();
        }

        @Override
        Example example(Random random, int index) {
            return Example.ofFloats(random, 784, index);
        }

        @Override
        void encode(Example row, RowWriter out) {
            out.putFloats(row.floats()).putLong(row.label());
        }
    },
    /** Four floats and a label. */
    SMALL("small", 4 * Float.BYTES + Long.BYTES, 8192, 32_000_000) {
        @Override
        FeedSchema schema() {
            return FeedSchema.builder().float32("x", 4).int64("label").build();
        }

        @Override
        Example example(Random random, int index) {
            return Example.ofFloats(random, 4, index);
        }

        @Override
        void encode(Example row, RowWriter out) {
            out.putFloats(row.floats()).putLong(row.label());
        }
    };

    /** How many rows a task has ready and gives over and over. */
    static final int PREPARED = 8;

    private final String label;
    private final int rowBytes;
    private final int batchRows;
    private final int epochRows;

    FeedKind(String label, int rowBytes, int batchRows, int epochRows) {
        this.label = label;
        this.rowBytes = rowBytes;
        this.batchRows = batchRows;
        this.epochRows = epochRows;
    }

    String label() {
        return label;
    }

    /** Bytes of the cells of one row, on average over the prepared ones. */
    int rowBytes() {
        return rowBytes;
    }

    int batchRows() {
        return batchRows;
    }

    /** Rows of one pass of about three seconds; a multiple of the prepared rows, for any number of partitions up to 8. */
    int epochRows() {
        return epochRows;
    }

    abstract FeedSchema schema();

    abstract Example example(Random random, int index);

    abstract void encode(Example row, RowWriter out);

    List<Example> prepared() {
        Random random = new Random(42);
        return IntStream.range(0, PREPARED)
                .mapToObj(index -> example(random, index))
                .toList();
    }
}
