package io.tfcluster.estimator.video;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.floor;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import java.util.stream.IntStream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;

/**
 * Makes one label a second of the labels of a film's frames: the one that most frames of that second and its neighbours have, so that a
 * single frame that was misjudged does not show.
 *
 * <pre>{@code
 * Dataset<Row> seconds = SecondLabels.of(labelled, "predictedLabel", 1); // path, second, label, share
 * }</pre>
 */
public final class SecondLabels {
    private SecondLabels() {}

    /**
     * Returns the columns {@code path}, {@code second}, {@code label}, and {@code share}, how many of the frames agree, for each second that
     * has frames. Of labels with equally many, the first in the alphabet is taken.
     *
     * @param frames rows with {@code path} and {@code time} as of {@link VideoFrames}; rows without a label do not count
     * @param labelCol the column of labels
     * @param neighbours how many seconds before and behind count, too; 0 for none
     */
    public static Dataset<Row> of(Dataset<Row> frames, String labelCol, int neighbours) {
        if (neighbours < 0) {
            throw new IllegalArgumentException("neighbours must be 0 or more, got " + neighbours);
        }
        Dataset<Row> votes = frames.filter(col(labelCol).isNotNull())
                .groupBy(
                        col(VideoFrames.PATH),
                        floor(col(VideoFrames.TIME)).as("at"),
                        col(labelCol).as("label"))
                .agg(count(lit(1)).as("votes"));
        Column[] around = IntStream.rangeClosed(-neighbours, neighbours)
                .mapToObj(shift -> col("at").plus(shift))
                .toArray(Column[]::new);
        Dataset<Row> spread = votes.withColumn("second", explode(array(around)))
                .groupBy(VideoFrames.PATH, "second", "label")
                .agg(
                        sum("votes").as("votes"),
                        max(when(col("at").equalTo(col("second")), 1).otherwise(0))
                                .as("own"));
        var second = Window.partitionBy(VideoFrames.PATH, "second");
        return spread.withColumn("all", sum("votes").over(second))
                .withColumn("there", max("own").over(second)) // seconds with frames of their own
                .withColumn(
                        "rank", row_number().over(second.orderBy(col("votes").desc(), col("label"))))
                .filter("rank = 1 and there = 1")
                .select(
                        col(VideoFrames.PATH),
                        col("second"),
                        col("label"),
                        col("votes").divide(col("all")).as("share"));
    }
}
