package io.tfcluster.examples.flowers;

import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.feeding.RowEncoder;
import org.apache.spark.api.java.JavaRDD;

/**
 * What the training cluster is fed, already decoded (or already features) and kept by Spark.
 *
 * @param train rows to learn from
 * @param test rows to be judged by
 * @param trainRows number of the first
 * @param testRows number of the second
 * @param schema of the feed {@code train}; the feed {@code inference} has it too, without the label
 * @param encoder fills the feed {@code train}
 * @param questions fills the feed {@code inference}
 * @param network that learns
 * @param model for people
 */
record Samples(
        JavaRDD<Sample> train,
        JavaRDD<Sample> test,
        long trainRows,
        long testRows,
        FeedSchema schema,
        FeedSchema inferenceSchema,
        RowEncoder<Sample> encoder,
        RowEncoder<Sample> questions,
        SampleNetwork network,
        String model) {}
