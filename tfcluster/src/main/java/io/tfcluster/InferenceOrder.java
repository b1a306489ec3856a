package io.tfcluster;

import java.io.Serializable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which nodes answer an inference: those that there are when Spark sends the tasks of an action, for an RDD of results may be older than its
 * cluster's nodes. Spark serializes it for each stage, on a thread that must not wait, so that it takes what it finds.
 */
final class InferenceOrder implements Serializable {
    private static final long serialVersionUID = 1L;

    private final FeedOrder order;
    private final transient @Nullable Supplier<FeedOrder> latest;

    /** Made on the driver, with what knows the nodes at any time. */
    InferenceOrder(Supplier<FeedOrder> latest) {
        this(latest.get(), latest);
    }

    private InferenceOrder(FeedOrder order, @Nullable Supplier<FeedOrder> latest) {
        this.order = order;
        this.latest = latest;
    }

    FeedOrder order() {
        return order;
    }

    /** Sends the nodes of now; Java's serialization calls it. */
    private Object writeReplace() {
        return latest == null ? this : new InferenceOrder(latest.get(), null);
    }
}
