package io.tfcluster.estimator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.catalyst.InternalRow;
import org.jspecify.annotations.Nullable;

/**
 * Puts rows through a model: rows to tensors as they come, a run, tensors to cells. One thread uses it; closing frees its own memory only.
 *
 * <p>A model that takes its time runs one batch in a thread of its own ({@link #start}) while the next one is filled; that costs the memory
 * of one more batch. A fast one would only lose by it.
 */
final class BatchRunner implements AutoCloseable {
    /** A run that takes longer than this is worth a thread: handing over takes some 0.05 ms. */
    private static final long SLOW_NANOS = 3_000_000;

    private final TransformPlan plan;
    private final ModelRun run;
    private final ScoreCells scores;
    private final int added;
    private Batch filling;
    private @Nullable Batch spare;
    private @Nullable RunThread thread;
    private int slowRuns;

    BatchRunner(TransformPlan plan, LoadedModel model) {
        this.plan = plan;
        this.run = model.open(
                plan.inputs().stream().map(InputPlan::spec).toList(),
                plan.outputs().stream().map(OutputPlan::spec).toList(),
                Duration.ofSeconds(plan.run().timeoutSeconds()));
        this.filling = new Batch(plan, run);
        this.scores = new ScoreCells(Objects.requireNonNullElseGet(
                plan.scores(), () -> new ScorePlan(0, false, false, "", "", "", "", List.of())));
        this.added = plan.fields().size();
    }

    /** Returns how many rows wait for a run. */
    int rows() {
        return filling.rows();
    }

    /**
     * Adds a row to the batch; what it was read from may change afterwards.
     *
     * @return false if it has another shape than those that wait: run them first
     * @throws IllegalArgumentException if the row does not fit the model
     */
    boolean add(InternalRow row) {
        return filling.add(row);
    }

    /** Returns whether runs have been slow enough for {@link #start}; the first of them, which makes things ready, does not count. */
    boolean isSlow() {
        return slowRuns > 1;
    }

    /**
     * Runs the model on the rows that wait.
     *
     * @return for each row the values of the columns that are added
     */
    Object[][] run() {
        long start = System.nanoTime();
        Object[][] cells = run(filling);
        slowRuns = System.nanoTime() - start > SLOW_NANOS ? slowRuns + 1 : 0;
        return cells;
    }

    /** Begins to run the model on the rows that wait, in a thread; {@link #finish} has to end what was begun before. */
    void start() {
        RunThread runs = thread;
        if (runs == null) {
            runs = new RunThread(Duration.ofSeconds(plan.run().timeoutSeconds()));
            thread = runs;
        }
        Batch full = filling;
        filling = spare == null ? new Batch(plan, run) : spare;
        spare = full;
        runs.start(() -> run(full));
    }

    /** Returns whether a run was started and not finished. */
    boolean isRunning() {
        return thread != null && thread.isBusy();
    }

    /** Waits for the run that was started, and returns its cells as {@link #run} does. */
    Object[][] finish() {
        return Objects.requireNonNull(thread, "nothing was started").finish();
    }

    private Object[][] run(Batch batch) {
        int count = batch.rows();
        List<BatchTensor> results = List.of();
        try {
            results = run.run(batch.tensors((int) Math.max(count, plan.fixedRows())));
            return cells(count, results);
        } finally {
            results.forEach(BatchTensor::close);
            batch.done();
        }
    }

    private Object[][] cells(int count, List<BatchTensor> results) {
        long asked = Math.max(count, plan.fixedRows());
        List<OutputCells> outputs = new ArrayList<>(results.size());
        for (int i = 0; i < results.size(); i++) {
            outputs.add(new OutputCells(plan.outputs().get(i), results.get(i), asked));
        }
        Object[][] cells = new Object[count][added];
        Object version = plan.versionCol().isEmpty()
                ? null
                : (Object) plan.source().version().orElseThrow();
        for (int row = 0; row < count; row++) {
            if (version != null) {
                cells[row][added - 1] = version;
            }
            for (int i = 0; i < plan.appended(); i++) {
                cells[row][i] = outputs.get(i).cell(row);
            }
            ScorePlan wanted = plan.scores();
            if (wanted != null) {
                scores.write(outputs.get(wanted.output()).doubles(row), cells[row], plan.appended());
            }
        }
        return cells;
    }

    @Override
    public void close() {
        if (thread != null && !thread.end()) {
            return; // the model still reads that memory: better lost than freed
        }
        filling.close();
        if (spare != null) {
            spare.close();
        }
        run.close();
    }
}
