package io.tfcluster;

/** Where the rows of a cluster come from; the two modes of TensorFlowOnSpark (TFCluster.py, InputMode). */
public enum InputMode {
    /**
     * Spark pushes the partitions of an RDD or DataFrame into the nodes. The launching tasks end as soon as the cluster stands, so that
     * their slots are free for feed tasks; the nodes live on beside the executors' tasks.
     */
    SPARK,

    /**
     * The user's main function reads files itself. Each node keeps the slot of its launching task for as long as it runs, so Spark
     * counts it as work.
     */
    TENSORFLOW
}
