package io.tfcluster;

import io.tfcluster.feeding.Column;
import io.tfcluster.feeding.FeedSchema;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** A DataFrame as rows that can be encoded for a feed: the one place where it is decided how. */
final class FrameRows {
    private FrameRows() {}

    /**
     * Checks both sides and pairs rows with their encoder.
     *
     * @throws IllegalArgumentException if the mapping names a column that one side lacks, or a column is missing or of a wrong type
     */
    static FeedInput.EncodableRows<?> of(
            Dataset<Row> data, Map<String, String> mapping, String feed, FeedSchema schema) {
        return new FeedInput.EncodableRows<>(check(data, mapping, feed, schema).javaRDD(), new SparkRowEncoder(schema));
    }

    /** Checks both sides without computing anything; also for a streaming DataFrame. Returns the columns under the feed's names. */
    static Dataset<Row> check(Dataset<Row> data, Map<String, String> mapping, String feed, FeedSchema schema) {
        Dataset<Row> named = mapping.isEmpty() ? data : select(data, new TreeMap<>(mapping), feed, schema);
        FeedContract.check(feed, schema, named.schema());
        return named;
    }

    private static Dataset<Row> select(Dataset<Row> data, Map<String, String> mapping, String feed, FeedSchema schema) {
        List<String> there = Arrays.asList(data.columns());
        Set<String> wanted =
                new TreeSet<>(schema.columns().stream().map(Column::name).toList());
        Set<String> taken = new HashSet<>();
        mapping.forEach((from, to) -> {
            if (!there.contains(from)) {
                throw new IllegalArgumentException("the input mapping takes column \"" + from + "\" to \"" + to
                        + "\" of feed \"" + feed + "\", but the DataFrame has only " + there);
            }
            if (!wanted.contains(to)) {
                throw new IllegalArgumentException("the input mapping takes column \"" + from + "\" to \"" + to
                        + "\", but feed \"" + feed + "\" has only " + wanted);
            }
            if (!taken.add(to)) {
                throw new IllegalArgumentException(
                        "the input mapping takes two columns to \"" + to + "\" of feed \"" + feed + "\": " + mapping);
            }
        });
        return data.select(mapping.entrySet().stream()
                .map(entry ->
                        data.col("`" + entry.getKey().replace("`", "``") + "`").as(entry.getValue()))
                .toArray(org.apache.spark.sql.Column[]::new));
    }
}
