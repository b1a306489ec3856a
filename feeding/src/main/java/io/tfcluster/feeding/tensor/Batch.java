package io.tfcluster.feeding.tensor;

import io.tfcluster.feeding.Column;
import io.tfcluster.feeding.RowBatch;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.tensorflow.Tensor;

/**
 * Rows of one epoch as one tensor per column, the first dimension being the rows.
 *
 * <p>Made by {@link DataFeed}; owns its tensors, which {@link #close()} frees. Native memory: close every batch, best by try-with-resources.
 */
public final class Batch implements AutoCloseable {
    private final int rows;
    private final long epoch;
    private final boolean endOfEpoch;
    private final boolean planned;
    private final Map<String, Tensor> tensors;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Batch(RowBatch source, Map<String, Tensor> tensors) {
        this.rows = source.rows();
        this.epoch = source.epoch();
        this.endOfEpoch = source.endOfEpoch();
        this.planned = source.planned();
        this.tensors = Collections.unmodifiableMap(tensors);
    }

    /** Copies the rows into tensors and gives the feed's memory back. */
    static Batch of(RowBatch source) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        try (source) {
            int index = 0;
            for (Column column : source.schema().columns()) {
                tensors.put(column.name(), Tensors.of(source, index++));
            }
            return new Batch(source, tensors);
        } catch (RuntimeException e) {
            tensors.values().forEach(Tensor::close);
            throw e;
        }
    }

    /** Returns the number of rows; 0 at the end of an epoch or of the feed, or if {@link #planned()}, with tensors of no rows. */
    public int rows() {
        return rows;
    }

    /** Returns the epoch of all its rows. */
    public long epoch() {
        return epoch;
    }

    /** Returns whether these are known to be the last rows of the epoch on this node. */
    public boolean endOfEpoch() {
        return endOfEpoch;
    }

    /**
     * Returns whether the feed is deterministic and every node has this batch in its epoch, even if it has no rows here: those that train in
     * step take it as a step.
     */
    public boolean planned() {
        return planned;
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
            throw new IllegalStateException("this batch of epoch " + epoch + " was closed, its tensors are freed");
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
