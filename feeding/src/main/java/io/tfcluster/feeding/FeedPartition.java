package io.tfcluster.feeding;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;

/**
 * Which rows a feed task holds; together with a row's number in the iterator it names every row of a feed.
 *
 * @param feed name of the feed, {@code train} for example
 * @param epoch pass over the data, 0 or more
 * @param partition Spark's partition number, 0 or more
 * @param attempt Spark's task attempt id; tells a retry from its predecessor
 */
public record FeedPartition(String feed, long epoch, int partition, long attempt) implements Serializable {
    /** Checks that no number is negative. */
    public FeedPartition {
        requireNonNull(feed, "feed");
        if (epoch < 0 || partition < 0 || attempt < 0) {
            throw new IllegalArgumentException("epoch, partition and attempt must be 0 or more, got " + epoch + ", "
                    + partition + ", " + attempt + " for feed " + feed);
        }
    }

    @Override
    public String toString() {
        return "feed " + feed + ", epoch " + epoch + ", partition " + partition + " (attempt " + attempt + ")";
    }
}
