package io.tfcluster.feeding;

import io.tfcluster.transport.ClusterSecret;
import java.util.Iterator;
import java.util.List;

/** Feeds one partition. */
@SuppressWarnings("DoNotCallSuggester")
public final class PartitionFeeder {
    private PartitionFeeder() {}

    /** Feeds. */
    public static <T> FeedResult feed(
            FeedPartition partition,
            Iterator<? extends T> rows,
            FeedSchema schema,
            RowEncoder<? super T> encoder,
            List<FeedTarget> targets,
            ClusterSecret secret,
            FeedOptions options) {
        throw new UnsupportedOperationException();
    }

    /** Infers. */
    public static <T> InferredRows<T> infer(
            FeedPartition partition,
            Iterator<? extends T> rows,
            FeedSchema schema,
            RowEncoder<? super T> encoder,
            List<FeedTarget> targets,
            ClusterSecret secret,
            FeedOptions options) {
        throw new UnsupportedOperationException();
    }
}
