package io.tfcluster.feeding.tensor;

import io.tfcluster.feeding.BatchFacts;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.tensorflow.Tensor;

/**
 * Rows of one epoch as one tensor per column, the first dimension being the rows.
 *
 * <p>Made by {@link DataFeed}; owns its tensors, which {@link #close()} frees. Native memory: close every batch, best by try-with-resources.
 */
public final class Batch implements AutoCloseable {
    private final BatchFacts facts;
    private final Map<String, Tensor> tensors;
    private final AtomicBoolean closed = new AtomicBoolean();

    Batch(BatchFacts facts, Map<String, Tensor> tensors) {
        this.facts = facts;
        this.tensors = Collections.unmodifiableMap(tensors);
    }

    BatchFacts facts() {
        return facts;
    }

    /** Returns the number of rows; 0 at the end of an epoch or of the feed, or if {@link #planned()}, with tensors of no rows. */
    public int rows() {
        return facts.rows();
    }

    /** Returns the epoch of all its rows. */
    public long epoch() {
        return facts.epoch();
    }

    /** Returns whether these are known to be the last rows of the epoch on this node. */
    public boolean endOfEpoch() {
        return facts.endOfEpoch();
    }

    /**
     * Returns the partitions that have ended on this node, with this batch or since the one before: no more of their rows come here. What
     * other nodes got of them may still be on its way.
     */
    public List<Integer> endedPartitions() {
        return facts.endedPartitions();
    }

    /**
     * Returns whether the feed is deterministic and every node has this batch in its epoch, even if it has no rows here: those that train in
     * step take it as a step.
     */
    public boolean planned() {
        return facts.planned();
    }

    /**
     * Returns the tensor of a column: TUint8, TInt32, TInt64, TFloat32, TFloat64, TBool, or TString for STRING and BINARY.
     *
     * @throws IllegalArgumentException if the feed has no such column
     */
    public Tensor tensor(String column) {
        checkOpen();
        Tensor tensor = tensors.get(column);
        if (tensor == null) {
            throw new IllegalArgumentException("no column " + column + " in this feed; it has " + tensors.keySet());
        }
        return tensor;
    }

    /** Returns all tensors by column, in the order of the schema. */
    public Map<String, Tensor> tensors() {
        checkOpen();
        return tensors;
    }

    private void checkOpen() {
        if (closed.get()) {
            throw new IllegalStateException(
                    "this batch of epoch " + facts.epoch() + " was closed, its tensors are freed");
        }
    }

    /** Frees the tensors. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            tensors.values().forEach(Tensor::close);
        }
    }
}
