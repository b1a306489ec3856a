package io.tfcluster;

import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.feeding.RowEncoder;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.StructType;

/** Hands the encoders of Spark's rows to the benchmarks: they are no API, and only from within their package can they be seen. */
public final class FrameEncoders {
    private FrameEncoders() {}

    /** Returns the encoder of Row objects. */
    public static RowEncoder<Row> rows(FeedSchema schema) {
        return new SparkRowEncoder(schema);
    }

    /** Returns the encoder of internal rows that have the feed's columns in the feed's order. */
    public static RowEncoder<InternalRow> internalRows(FeedSchema schema, StructType data) {
        return new InternalRowEncoder(
                schema,
                FeedContract.match("train", schema, data, Map.of()).stream()
                        .map(FeedContract.Match::form)
                        .toList());
    }
}
