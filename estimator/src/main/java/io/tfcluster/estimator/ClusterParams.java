package io.tfcluster.estimator;

import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/**
 * What a user sets on a stage that starts clusters: how many processes in which roles, who reads the rows, and every limit.
 *
 * <p>The names are TensorFlowOnSpark's in camel case, and what it lacked. Each setter changes the stage and returns it.
 *
 * <pre>{@code
 * estimator.setClusterSize(3).setNumPs(1).setReservationTimeout(120)
 * }</pre>
 *
 * @param <T> the stage
 */
public interface ClusterParams<T extends ClusterParams<T>> extends Params {
    /** Returns the Param of {@link #setClusterSize}. */
    IntParam clusterSize();

    /** Returns the Param of {@link #setNumPs}. */
    IntParam numPs();

    /** Returns the Param of {@link #setDriverPsNodes}. */
    BooleanParam driverPsNodes();

    /** Returns the Param of {@link #setInputMode}. */
    Param<String> inputMode();

    /** Returns the Param of {@link #setMasterNode}. */
    Param<String> masterNode();

    /** Returns the Param of {@link #setProtocol}. */
    Param<String> protocol();

    /** Returns the Param of {@link #setTensorboard}. */
    BooleanParam tensorboard();

    /** Returns the Param of {@link #setLogDir}. */
    Param<String> logDir();

    /** Returns the Param of {@link #setTfrecordDir}. */
    Param<String> tfrecordDir();

    /** Returns the Param of {@link #setReaders}. */
    IntParam readers();

    /** Returns the Param of {@link #setNodeMemory}. */
    Param<String> nodeMemory();

    /** Returns the Param of {@link #setIntraOpThreads}. */
    IntParam intraOpThreads();

    /** Returns the Param of {@link #setInterOpThreads}. */
    IntParam interOpThreads();

    /** Returns the Param of {@link #setFeedTimeout}. */
    IntParam feedTimeout();

    /** Returns the Param of {@link #setReservationTimeout}. */
    IntParam reservationTimeout();

    /** Returns the Param of {@link #setGraceSecs}. */
    IntParam graceSecs();

    /** Returns the Param of {@link #setMaxRestarts}. */
    IntParam maxRestarts();

    /** Sets the number of processes in all, parameter servers and chief among them. */
    default T setClusterSize(int value) {
        set(clusterSize(), value);
        return self();
    }

    /** Returns what {@link #setClusterSize} was given, or the default. */
    default int getClusterSize() {
        return (int) (Integer) getOrDefault(clusterSize());
    }

    /** Sets how many of the processes are parameter servers. */
    default T setNumPs(int value) {
        set(numPs(), value);
        return self();
    }

    /** Returns what {@link #setNumPs} was given, or the default. */
    default int getNumPs() {
        return (int) (Integer) getOrDefault(numPs());
    }

    /** Sets whether the parameter servers run beside the driver. */
    default T setDriverPsNodes(boolean value) {
        set(driverPsNodes(), value);
        return self();
    }

    /** Returns what {@link #setDriverPsNodes} was given, or the default. */
    default boolean getDriverPsNodes() {
        return (boolean) (Boolean) getOrDefault(driverPsNodes());
    }

    /** Sets who reads the rows, SPARK or TENSORFLOW. */
    default T setInputMode(String value) {
        set(inputMode(), value);
        return self();
    }

    /** Returns what {@link #setInputMode} was given, or the default. */
    default String getInputMode() {
        return getOrDefault(inputMode());
    }

    /** Sets the job name of the first process that trains, chief or master; "" for none of its own. */
    default T setMasterNode(String value) {
        set(masterNode(), value);
        return self();
    }

    /** Returns what {@link #setMasterNode} was given, or the default. */
    default String getMasterNode() {
        return getOrDefault(masterNode());
    }

    /** Sets how TensorFlow servers talk to each other, which is grpc. */
    default T setProtocol(String value) {
        set(protocol(), value);
        return self();
    }

    /** Returns what {@link #setProtocol} was given, or the default. */
    default String getProtocol() {
        return getOrDefault(protocol());
    }

    /** Sets whether TensorBoard runs beside the chief; needs a logDir. */
    default T setTensorboard(boolean value) {
        set(tensorboard(), value);
        return self();
    }

    /** Returns what {@link #setTensorboard} was given, or the default. */
    default boolean getTensorboard() {
        return (boolean) (Boolean) getOrDefault(tensorboard());
    }

    /** Sets the folder for TensorBoard's files. */
    default T setLogDir(String value) {
        set(logDir(), value);
        return self();
    }

    /** Returns what {@link #setLogDir} was given, or the default; there is none. */
    default String getLogDir() {
        return getOrDefault(logDir());
    }

    /** Sets the folder in which the rows are written as TFRecord files; used with {@code setInputMode("TENSORFLOW")}. */
    default T setTfrecordDir(String value) {
        set(tfrecordDir(), value);
        return self();
    }

    /** Returns what {@link #setTfrecordDir} was given, or the default; there is none. */
    default String getTfrecordDir() {
        return getOrDefault(tfrecordDir());
    }

    /** Sets how many threads of a process read TFRecord files. */
    default T setReaders(int value) {
        set(readers(), value);
        return self();
    }

    /** Returns what {@link #setReaders} was given, or the default. */
    default int getReaders() {
        return (int) (Integer) getOrDefault(readers());
    }

    /** Sets the heap of each process, such as 2g. */
    default T setNodeMemory(String value) {
        set(nodeMemory(), value);
        return self();
    }

    /** Returns what {@link #setNodeMemory} was given, or the default. */
    default String getNodeMemory() {
        return getOrDefault(nodeMemory());
    }

    /** Sets the threads within an operation, 0 for spark.task.cpus. */
    default T setIntraOpThreads(int value) {
        set(intraOpThreads(), value);
        return self();
    }

    /** Returns what {@link #setIntraOpThreads} was given, or the default. */
    default int getIntraOpThreads() {
        return (int) (Integer) getOrDefault(intraOpThreads());
    }

    /** Sets how many operations run side by side. */
    default T setInterOpThreads(int value) {
        set(interOpThreads(), value);
        return self();
    }

    /** Returns what {@link #setInterOpThreads} was given, or the default. */
    default int getInterOpThreads() {
        return (int) (Integer) getOrDefault(interOpThreads());
    }

    /** Sets the seconds that a feed may stand still. */
    default T setFeedTimeout(int value) {
        set(feedTimeout(), value);
        return self();
    }

    /** Returns what {@link #setFeedTimeout} was given, or the default. */
    default int getFeedTimeout() {
        return (int) (Integer) getOrDefault(feedTimeout());
    }

    /** Sets the seconds to wait for free slots, and then for all processes. */
    default T setReservationTimeout(int value) {
        set(reservationTimeout(), value);
        return self();
    }

    /** Returns what {@link #setReservationTimeout} was given, or the default. */
    default int getReservationTimeout() {
        return (int) (Integer) getOrDefault(reservationTimeout());
    }

    /** Sets the limit, in seconds, for the processes to end after the last row. */
    default T setGraceSecs(int value) {
        set(graceSecs(), value);
        return self();
    }

    /** Returns what {@link #setGraceSecs} was given, or the default. */
    default int getGraceSecs() {
        return (int) (Integer) getOrDefault(graceSecs());
    }

    /** Sets how often a failed training is started again from its last checkpoint; needs a modelDir. */
    default T setMaxRestarts(int value) {
        set(maxRestarts(), value);
        return self();
    }

    /** Returns what {@link #setMaxRestarts} was given, or the default. */
    default int getMaxRestarts() {
        return (int) (Integer) getOrDefault(maxRestarts());
    }

    /** Returns this stage by its own type. */
    T self();
}
