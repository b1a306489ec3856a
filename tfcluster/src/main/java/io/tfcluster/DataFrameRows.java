package io.tfcluster;

import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.feeding.RowEncoder;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;

/** The columns of a DataFrame that fill a feed, in Spark's own binary rows, from which they are encoded without an object for each cell. */
final class DataFrameRows {
    private final Dataset<Row> columns;
    private final InternalRowEncoder encoder;

    private DataFrameRows(Dataset<Row> columns, InternalRowEncoder encoder) {
        this.columns = columns;
        this.encoder = encoder;
    }

    /**
     * Checks and selects; starts no job.
     *
     * @param inputMapping DataFrame column to feed column, as in TensorFlowOnSpark; only these are used. Empty: columns of the same name.
     * @throws IllegalArgumentException showing both sides if they do not fit
     */
    static DataFrameRows of(Dataset<Row> rows, Map<String, String> inputMapping, String feed, FeedSchema schema) {
        List<FeedContract.Match> matches = FeedContract.match(feed, schema, rows.schema(), inputMapping);
        Column[] wanted = matches.stream()
                .map(match -> column(rows, match.source().name()))
                .toArray(Column[]::new);
        return new DataFrameRows(
                rows.select(wanted),
                new InternalRowEncoder(
                        schema, matches.stream().map(FeedContract.Match::form).toList()));
    }

    /** Returns a column by its name, whatever letters are in it. */
    static Column column(Dataset<Row> rows, String name) {
        return rows.col("`" + name.replace("`", "``") + "`");
    }

    /**
     * Returns the rows; with adaptive execution the first call runs what comes before the last shuffle. An iterator over them may give the same
     * object again and again, with other contents: encode each before asking for the next, and keep none, as inference would.
     */
    JavaRDD<InternalRow> rdd() {
        return columns.queryExecution().toRdd().toJavaRDD();
    }

    /** Returns the encoder of these rows; one thread at a time, as Spark gives each task a copy. */
    RowEncoder<InternalRow> encoder() {
        return encoder;
    }
}
