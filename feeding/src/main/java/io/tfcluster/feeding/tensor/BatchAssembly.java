package io.tfcluster.feeding.tensor;

import io.tfcluster.feeding.BatchFacts;
import io.tfcluster.feeding.Column;
import io.tfcluster.feeding.FeedReader;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.feeding.RowBatch;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.tensorflow.Tensor;

/**
 * Fills the tensors of the next batch while its rows arrive, so that they are copied from the processor's cache and their memory is free at once.
 *
 * <p>One thread. Rows that are in when a call fails stay for the next one.
 */
final class BatchAssembly {
    /** Tensors are made for a whole batch at once up to this size, larger ones grow with their rows. */
    private static final long WHOLE_BYTES = 256L << 20;

    private final FeedReader reader;
    private final FeedSchema schema;
    private Map<String, Tensor> tensors = Map.of();
    private int capacity;
    private int filled;
    private int wanted;

    BatchAssembly(FeedReader reader) {
        this.reader = reader;
        this.schema = reader.schema();
    }

    Batch next(int maxRows) {
        wanted = maxRows;
        return finish(reader.next(maxRows, this::add));
    }

    Optional<Batch> poll(int maxRows, BooleanSupplier makeDo) {
        wanted = maxRows;
        return reader.poll(maxRows, makeDo, this::add).map(this::finish);
    }

    private void add(RowBatch piece) {
        try (piece) {
            makeRoom(filled + piece.rows());
            int index = 0;
            for (Column column : schema.columns()) {
                Tensors.fill(tensor(column), filled, piece, index++);
            }
            filled += piece.rows();
        }
    }

    private Tensor tensor(Column column) {
        Tensor tensor = tensors.get(column.name());
        if (tensor == null) {
            throw new IllegalStateException("no tensor for " + column);
        }
        return tensor;
    }

    private void makeRoom(int rows) {
        if (rows <= capacity) {
            return;
        }
        boolean whole = schema.fixedRowBytes() * Math.max(wanted, rows) <= WHOLE_BYTES;
        int size = whole ? Math.max(wanted, rows) : (int) Math.min(wanted, Math.max(rows, 2L * capacity));
        replace(allocate(Math.max(rows, size)), Math.max(rows, size), 0, filled);
    }

    private Map<String, Tensor> allocate(int rows) {
        Map<String, Tensor> made = new LinkedHashMap<>();
        try {
            for (Column column : schema.columns()) {
                made.put(column.name(), Tensors.allocate(column, rows));
            }
            return made;
        } catch (RuntimeException e) {
            made.values().forEach(Tensor::close);
            throw e;
        }
    }

    private void copy(Map<String, Tensor> to, int from, int rows) {
        for (Column column : schema.columns()) {
            Tensor target = to.get(column.name());
            if (target != null && rows > 0) {
                Tensors.copy(column, tensor(column), from, target, rows);
            }
        }
    }

    /** Moves rows into other tensors and goes on with those. */
    private void replace(Map<String, Tensor> to, int size, int from, int rows) {
        copy(to, from, rows);
        tensors.values().forEach(Tensor::close);
        tensors = to;
        capacity = size;
        filled = rows;
    }

    private Batch finish(BatchFacts facts) {
        int rows = facts.rows();
        if (rows > 0 && rows == capacity) {
            Batch batch = new Batch(facts, tensors);
            tensors = Map.of();
            capacity = 0;
            filled = 0;
            return batch;
        }
        if (reader.isTerminated()) {
            drop();
        }
        Map<String, Tensor> own = allocate(rows);
        copy(own, 0, rows);
        int left = filled - rows;
        if (left > 0) { // only if this call asks for fewer rows than one before that failed
            replace(allocate(left), left, rows, left);
        } else {
            filled = 0;
        }
        return new Batch(facts, own);
    }

    /** Forgets what is in. */
    private void drop() {
        tensors.values().forEach(Tensor::close);
        tensors = Map.of();
        capacity = 0;
        filled = 0;
    }
}
