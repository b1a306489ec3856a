package io.tfcluster.examples.objectfeatures;

import static java.util.Objects.requireNonNull;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.udf;

import java.util.EnumMap;
import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.util.LongAccumulator;

/**
 * How many pictures came through each stage, told while they come. Only the id passes through what counts, so it costs next to nothing. A task
 * that Spark repeats counts again: for people to look at; what is true is in what was written.
 */
final class StageCounts {

    /** The stages, in their order. */
    enum Stage {
        /** Its file came from where the pictures are. */
        READ,
        /** It could be decoded. */
        DECODED,
        /** The detector has seen it. */
        SEARCHED,
        /** The detector found something in it. */
        FOUND,
        /** It has its features. */
        FEATURED
    }

    private final Map<Stage, LongAccumulator> counts = new EnumMap<>(Stage.class);

    StageCounts(SparkContext spark) {
        for (Stage stage : Stage.values()) {
            counts.put(stage, spark.longAccumulator("pictures " + stage));
        }
    }

    /** The same rows; those are counted whose column is not null. */
    Dataset<Row> count(Dataset<Row> rows, Stage stage, Column there) {
        LongAccumulator count = accumulator(stage);
        UDF2<String, Boolean, String> counting = (id, isThere) -> {
            if (isThere) {
                count.add(1);
            }
            return id;
        };
        // Not deterministic is what Spark calls a function that it may neither leave out nor call twice.
        return rows.withColumn(
                Pictures.ID,
                udf(counting, DataTypes.StringType).asNondeterministic().apply(col(Pictures.ID), there.isNotNull()));
    }

    long of(Stage stage) {
        return accumulator(stage).value();
    }

    private LongAccumulator accumulator(Stage stage) {
        return requireNonNull(counts.get(stage), "each stage has one");
    }
}
