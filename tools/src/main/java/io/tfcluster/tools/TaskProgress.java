package io.tfcluster.tools;

import java.io.PrintWriter;
import java.util.Locale;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.SparkSession;

/** A line of at most 79 columns on how far Spark's tasks are; on something that is no terminal, a line for each tenth. */
final class TaskProgress extends SparkListener implements AutoCloseable {
    private static final int WIDTH = 40;

    private final SparkSession spark;
    private final PrintWriter out;
    private final boolean terminal;
    private final long start = System.nanoTime();
    private int tasks;
    private int done;
    private long rows;
    private int shown = -1;

    private TaskProgress(SparkSession spark, PrintWriter out, boolean terminal) {
        this.spark = spark;
        this.out = out;
        this.terminal = terminal;
    }

    @SuppressWarnings("SystemConsoleNull") // Java 17 only: null where input or output is no terminal
    static TaskProgress show(SparkSession spark, PrintWriter out) {
        TaskProgress progress = new TaskProgress(spark, out, System.console() != null);
        spark.sparkContext().addSparkListener(progress);
        return progress;
    }

    @Override
    public synchronized void onStageSubmitted(SparkListenerStageSubmitted stage) {
        tasks += stage.stageInfo().numTasks();
        draw();
    }

    @Override
    public synchronized void onTaskEnd(SparkListenerTaskEnd task) {
        done++;
        if (task.taskMetrics() != null) {
            rows += task.taskMetrics().outputMetrics().recordsWritten();
        }
        draw();
    }

    private void draw() {
        int tenth = tasks == 0 ? 0 : done * 10 / tasks;
        if (!terminal && tenth == shown) {
            return;
        }
        shown = tenth;
        out.print((terminal ? "\r" : "") + line((System.nanoTime() - start) / 1e9) + (terminal ? "" : "\n"));
        out.flush();
    }

    private String line(double seconds) {
        int full = tasks == 0 ? 0 : done * WIDTH / tasks;
        String text = String.format(
                Locale.ROOT,
                "[%s%s] %d/%d tasks, %,d rows, %.0f s",
                "#".repeat(full),
                ".".repeat(WIDTH - full),
                done,
                tasks,
                rows,
                seconds);
        return String.format("%-79.79s", text);
    }

    /** Ends the line. */
    synchronized void finished() {
        if (terminal) {
            out.println();
        }
    }

    @Override
    public void close() {
        spark.sparkContext().removeSparkListener(this);
    }
}
