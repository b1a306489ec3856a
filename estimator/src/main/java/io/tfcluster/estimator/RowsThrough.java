package io.tfcluster.estimator;

import io.tfcluster.estimator.BatchRunner.RowException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.jspecify.annotations.Nullable;
import scala.collection.AbstractIterator;
import scala.collection.Iterator;

/** A partition's rows with the model's columns behind their own; holds the rows of one batch at a time. */
final class RowsThrough extends AbstractIterator<Object> {
    private final TransformPlan plan;
    private final boolean keepInputs;
    private final Iterator<Object> rows;
    private final BatchRunner runner;
    private final int limit;
    private final Deque<Object> ready = new ArrayDeque<>();
    private @Nullable InternalRow waiting;
    private @Nullable List<long[]> waitingShapes;
    private long taken;

    RowsThrough(TransformPlan plan, boolean keepInputs, Iterator<Object> rows, BatchRunner runner) {
        this.plan = plan;
        this.keepInputs = keepInputs;
        this.rows = rows;
        this.runner = runner;
        this.limit = plan.rowsPerRun();
    }

    @Override
    public boolean hasNext() {
        if (ready.isEmpty()) {
            fill();
        }
        return !ready.isEmpty();
    }

    @Override
    public Object next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the partition has ended");
        }
        return ready.remove();
    }

    private void fill() {
        TaskContext task = TaskContext.get();
        if (task != null) {
            task.killTaskIfInterrupted();
        }
        List<InternalRow> batch = new ArrayList<>(limit);
        List<long[]> shapes = null;
        while (batch.size() < limit && (waiting != null || rows.hasNext())) {
            InternalRow row = waiting == null ? (InternalRow) rows.next() : waiting;
            List<long[]> its = waitingShapes == null ? shapes(row, taken + batch.size()) : waitingShapes;
            waiting = null;
            waitingShapes = null;
            if (shapes != null && !BatchRunner.same(shapes, its)) {
                waiting = row; // another shape: begins the next batch
                waitingShapes = its;
                break;
            }
            shapes = its;
            batch.add(row);
        }
        if (shapes == null) {
            return;
        }
        Object[][] cells;
        try {
            cells = runner.run(batch, shapes);
        } catch (RowException e) {
            throw new IllegalArgumentException(where(taken + e.row(), taken + e.row()) + e.getMessage(), e);
        } catch (RuntimeException e) {
            throw new IllegalStateException(where(taken, taken + batch.size() - 1) + e.getMessage(), e);
        }
        taken += batch.size();
        for (int i = 0; i < cells.length; i++) {
            ready.add(joined(batch.get(i), cells[i]));
        }
    }

    private List<long[]> shapes(InternalRow row, long number) {
        try {
            return runner.shapes(row);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(where(number, number) + e.getMessage(), e);
        }
    }

    private String where(long first, long last) {
        int partition = TaskContext.getPartitionId();
        return plan.source() + ", partition " + partition + ", "
                + (first == last ? "row " + first : "rows " + first + " to " + last) + ": ";
    }

    private Object joined(InternalRow row, Object[] cells) {
        if (!keepInputs) {
            return new GenericInternalRow(cells);
        }
        Object[] kept = ((GenericInternalRow) row).values();
        Object[] all = new Object[kept.length + cells.length];
        System.arraycopy(kept, 0, all, 0, kept.length);
        System.arraycopy(cells, 0, all, kept.length, cells.length);
        return new GenericInternalRow(all);
    }
}
