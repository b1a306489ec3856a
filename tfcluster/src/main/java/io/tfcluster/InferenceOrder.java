package io.tfcluster;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which nodes answer an inference: those that there are when Spark sends the tasks of an action, for an RDD of results may be older than its
 * cluster's nodes. Spark serializes it for each stage, on a thread that must not wait, so that it takes what it finds.
 */
final class InferenceOrder implements Serializable {
    private static final long serialVersionUID = 1L;

    @SuppressWarnings("UnusedVariable") // read on the executors
    private FeedOrder order;

    private final transient @Nullable Supplier<FeedOrder> latest;

    /** Made on the driver, with what knows the nodes at any time. */
    InferenceOrder(Supplier<FeedOrder> latest) {
        this.latest = latest;
        this.order = latest.get();
    }

    FeedOrder order() {
        return order;
    }

    private void writeObject(ObjectOutputStream out) throws IOException {
        Supplier<FeedOrder> now = latest;
        if (now != null) {
            order = now.get();
        }
        out.defaultWriteObject();
    }
}
