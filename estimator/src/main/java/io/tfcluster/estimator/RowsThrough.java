package io.tfcluster.estimator;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Supplier;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import scala.collection.AbstractIterator;
import scala.collection.Iterator;

/**
 * A partition's rows with the model's columns behind their own; holds the rows of one batch at a time, and those only if they are kept. While a
 * slow model runs a batch, the next one is filled: rows come out when the model has answered the batch before theirs.
 */
final class RowsThrough extends AbstractIterator<Object> {
    private final TransformPlan plan;
    private final boolean keepInputs;
    private final Iterator<Object> rows;
    private final BatchRunner runner;
    private final int limit;
    private final Deque<Object> ready = new ArrayDeque<>();
    private List<GenericInternalRow> kept = new ArrayList<>();
    /** Rows of the batch that is running, and how many they are. */
    private List<GenericInternalRow> keptOfRunning = new ArrayList<>();

    private int running;
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
        while (ready.isEmpty() && rows.hasNext()) {
            InternalRow row = (InternalRow) rows.next();
            if (!add(row)) { // of another shape: the next batch begins with it
                full();
                add(row);
            }
            if (keepInputs) {
                kept.add((GenericInternalRow) row);
            }
            if (runner.rows() >= limit) {
                full();
            }
        }
        if (ready.isEmpty() && runner.isRunning()) {
            finish();
        }
        if (ready.isEmpty() && runner.rows() > 0) {
            run();
        }
    }

    private boolean add(InternalRow row) {
        long number = taken + running + runner.rows();
        try {
            return runner.add(row);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(where(number, number) + e.getMessage(), e);
        }
    }

    /** The batch is full, or the next row begins another. */
    private void full() {
        if (!runner.isSlow()) {
            run();
            return;
        }
        if (runner.isRunning()) {
            finish();
        }
        List<GenericInternalRow> free = keptOfRunning;
        keptOfRunning = kept;
        kept = free;
        running = runner.rows();
        runner.start();
    }

    private void run() {
        int count = runner.rows();
        answered(count, kept, runner::run);
    }

    private void finish() {
        int count = running;
        running = 0;
        answered(count, keptOfRunning, runner::finish);
    }

    private void answered(int count, List<GenericInternalRow> own, Supplier<Object[][]> answers) {
        Object[][] cells;
        try {
            cells = answers.get();
        } catch (RuntimeException e) {
            throw new IllegalStateException(where(taken, taken + count - 1) + e.getMessage(), e);
        }
        taken += count;
        for (int i = 0; i < count; i++) {
            ready.add(keepInputs ? joined(own.get(i), cells[i]) : new GenericInternalRow(cells[i]));
        }
        own.clear();
    }

    private String where(long first, long last) {
        return plan.source() + ", partition " + TaskContext.getPartitionId() + ", "
                + (first == last ? "row " + first : "rows " + first + " to " + last) + ": ";
    }

    private static Object joined(GenericInternalRow row, Object[] cells) {
        Object[] own = row.values();
        Object[] all = new Object[own.length + cells.length];
        System.arraycopy(own, 0, all, 0, own.length);
        System.arraycopy(cells, 0, all, own.length, cells.length);
        return new GenericInternalRow(all);
    }
}
