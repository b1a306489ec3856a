package io.tfcluster.estimator;

import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;

/** The Params that say how the model of a {@link TFModel} runs on executors, and which of its versions. */
abstract class ModelRunStage extends ModelStage {
    private static final long serialVersionUID = 1L;

    static final String PROCESS = "process";
    static final String CHILD = "child";

    private final IntParam threads;
    private final Param<String> isolation;
    private final IntParam runTimeout;
    private final Param<String> versions;
    private final Param<String> versionCol;

    ModelRunStage(String uid) {
        super(uid);
        this.threads = new IntParam(
                this,
                "threads",
                "threads of the model's session on an executor, 0 for as many as it has cores; all its tasks share them",
                Validators.atLeast("threads", 0));
        this.isolation = new Param<>(
                this,
                "isolation",
                "where the model runs on an executor: \"process\", in the executor's own; \"child\", in a JVM beside it, which a graph may"
                        + " abort without harm to the executor",
                Validators.oneOf("isolation", PROCESS, CHILD));
        this.runTimeout = new IntParam(
                this,
                "runTimeout",
                "seconds that the model may take for one batch, 1 or more",
                Validators.atLeast("runTimeout", 1));
        this.versions = new Param<>(
                this,
                "versions",
                "which version is asked where exportDir has numbered folders: \"fixed\", the highest when the query begins; \"latest\", each"
                        + " task the highest there is",
                Validators.oneOf("versions", ModelVersions.FIXED, ModelVersions.LATEST));
        this.versionCol = new Param<>(
                this,
                "versionCol",
                "column of type bigint for the number of the version that answered the row; empty: none");
        setDefault(threads, 0);
        setDefault(isolation, PROCESS);
        setDefault(runTimeout, 600);
        setDefault(versions, ModelVersions.FIXED);
        setDefault(versionCol, "");
    }

    /** Returns the Param of {@link #setThreads}. */
    public IntParam threads() {
        return threads;
    }

    /**
     * Sets the threads of the model's session on an executor, which all its tasks share; 0 for as many as it has cores for tasks.
     *
     * <p>They limit how many operations run side by side. What goes on within one operation, such as a product of matrices, has a pool of
     * threads that TensorFlow makes once for a process, by what the first model in it asked for.
     */
    public TFModel setThreads(int number) {
        set(threads, number);
        return self();
    }

    /** Returns the threads of a session. */
    public int getThreads() {
        return (int) (Integer) getOrDefault(threads);
    }

    /** Returns the Param of {@link #setIsolation}. */
    public Param<String> isolation() {
        return isolation;
    }

    /**
     * Sets where the model runs on an executor: {@code "process"}, in the executor's own, which costs least; or {@code "child"}, in a JVM
     * beside it, one for each loaded model, which all tasks share. Some graphs, and some faults of native code, abort their process: in a
     * child that is an error of the task, with the exit code and the last output, and Spark's next attempt starts another child.
     */
    public TFModel setIsolation(String value) {
        set(isolation, value);
        return self();
    }

    /** Returns where the model runs. */
    public String getIsolation() {
        return getOrDefault(isolation);
    }

    /** Returns the Param of {@link #setRunTimeout}. */
    public IntParam runTimeout() {
        return runTimeout;
    }

    /**
     * Sets the seconds that the model may take for one batch before the task fails, 600 if not set. TensorFlow ends a run between two
     * operations; one that hangs within an operation is ended in a child only, see {@link #setIsolation}, together with the child.
     */
    public TFModel setRunTimeout(int seconds) {
        set(runTimeout, seconds);
        return self();
    }

    /** Returns the seconds of one batch. */
    public int getRunTimeout() {
        return (int) (Integer) getOrDefault(runTimeout);
    }

    /** Returns the Param of {@link #setVersions}. */
    public Param<String> versions() {
        return versions;
    }

    /**
     * Sets which version of the model is asked, where {@link #setExportDir} is a folder of numbered folders with a SavedModel each, as
     * TensorFlow Serving has them. {@code "fixed"} is the highest number when a query is made. {@code "latest"} is for queries that go on
     * for long: a task that begins a second or more after the last look asks for a newer version, and loads it beside the one before;
     * tasks that run stay with theirs. So all rows of a task are answered by one version, and a stream goes over within a micro-batch or
     * two. A version is taken when it is whole, gives the same columns, and loads; otherwise it is refused, with one warning in the
     * executor's log, and the one before goes on. Deleting the newest goes back to the one below.
     */
    public TFModel setVersions(String value) {
        set(versions, value);
        return self();
    }

    /** Returns which version is asked. */
    public String getVersions() {
        return getOrDefault(versions);
    }

    /** Returns the Param of {@link #setVersionCol}. */
    public Param<String> versionCol() {
        return versionCol;
    }

    /** Sets the column for the number of the version that answered a row; "" for none. The model must lie in a numbered folder. */
    public TFModel setVersionCol(String value) {
        set(versionCol, value);
        return self();
    }

    /** Returns the column of versions. */
    public String getVersionCol() {
        return getOrDefault(versionCol);
    }
}
