package io.tfcluster.estimator;

import java.io.Serializable;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/** The Params of {@link ClusterParams} of one stage, with their words, checks and defaults. */
final class ClusterParamSet implements Serializable {
    private static final long serialVersionUID = 1L;

    final IntParam clusterSize;
    final IntParam numPs;
    final BooleanParam driverPsNodes;
    final Param<String> inputMode;
    final Param<String> masterNode;
    final Param<String> protocol;
    final BooleanParam tensorboard;
    final Param<String> logDir;
    final Param<String> tfrecordDir;
    final IntParam readers;
    final Param<String> nodeMemory;
    final IntParam intraOpThreads;
    final IntParam interOpThreads;
    final IntParam feedTimeout;
    final IntParam reservationTimeout;
    final IntParam graceSecs;
    final IntParam maxRestarts;

    /** Makes them and sets their defaults. */
    ClusterParamSet(Params stage) {
        clusterSize = new IntParam(
                stage,
                "clusterSize",
                "processes of the cluster in all: parameter servers, chief and workers; each takes a task slot",
                Validators.atLeast("clusterSize", 1));
        numPs = new IntParam(
                stage,
                "numPs",
                "how many of the processes are parameter servers; 0: the workers learn by all-reduce",
                Validators.atLeast("numPs", 0));
        driverPsNodes = new BooleanParam(
                stage, "driverPsNodes", "whether the parameter servers run beside the driver, without a task slot");
        inputMode = new Param<>(
                stage,
                "inputMode",
                "who reads the rows: SPARK, whose tasks feed them, or TENSORFLOW, whose processes read the files of tfrecordDir",
                Validators.oneOf("inputMode", "SPARK", "TENSORFLOW"));
        masterNode = new Param<>(
                stage,
                "masterNode",
                "job name of the process that does what only one may do: chief or master; empty: the first worker",
                Validators.oneOf("masterNode", "chief", "master", ""));
        protocol = new Param<>(
                stage,
                "protocol",
                "how TensorFlow servers talk to each other; only grpc is there",
                Validators.oneOf("protocol", "grpc"));
        tensorboard = new BooleanParam(stage, "tensorboard", "whether TensorBoard runs beside the chief, over logDir");
        logDir = new Param<>(
                stage,
                "logDir",
                "folder for TensorBoard's files, on any Hadoop file system; not set: none are written",
                Validators.notBlank("logDir", "a folder"));
        tfrecordDir = new Param<>(
                stage,
                "tfrecordDir",
                "folder, on any Hadoop file system, in which the rows are written as TFRecord files for inputMode TENSORFLOW; it must not exist",
                Validators.notBlank("tfrecordDir", "a folder"));
        readers = new IntParam(
                stage,
                "readers",
                "threads of each process that read TFRecord files; only with inputMode TENSORFLOW",
                Validators.atLeast("readers", 1));
        nodeMemory = new Param<>(
                stage,
                "nodeMemory",
                "heap of each process, such as 512m or 2g; tensors live outside it",
                Checks.matches("nodeMemory", "[1-9][0-9]*[kKmMgG]", "look like 512m or 2g"));
        intraOpThreads = new IntParam(
                stage,
                "intraOpThreads",
                "threads within a TensorFlow operation; 0: as many as spark.task.cpus",
                Validators.atLeast("intraOpThreads", 0));
        interOpThreads = new IntParam(
                stage, "interOpThreads", "TensorFlow operations side by side", Validators.atLeast("interOpThreads", 1));
        feedTimeout = new IntParam(
                stage,
                "feedTimeout",
                "seconds that a feed may stand still before the training fails",
                Validators.atLeast("feedTimeout", 1));
        reservationTimeout = new IntParam(
                stage,
                "reservationTimeout",
                "seconds to wait for free task slots, and then for all processes to register",
                Validators.atLeast("reservationTimeout", 1));
        graceSecs = new IntParam(
                stage,
                "graceSecs",
                "seconds after the last row within which the processes must have learned, validated and exported, and ended; TensorFlowOnSpark slept so long, here it is a limit",
                Validators.atLeast("graceSecs", 1));
        maxRestarts = new IntParam(
                stage,
                "maxRestarts",
                "how often a training that failed is started again, with a new cluster, from its last checkpoint in modelDir",
                Validators.atLeast("maxRestarts", 0));
        stage.setDefault(clusterSize, 1);
        stage.setDefault(numPs, 0);
        stage.setDefault(driverPsNodes, false);
        stage.setDefault(inputMode, "SPARK");
        stage.setDefault(masterNode, "chief");
        stage.setDefault(protocol, "grpc");
        stage.setDefault(tensorboard, false);
        stage.setDefault(readers, 1);
        stage.setDefault(nodeMemory, "1g");
        stage.setDefault(intraOpThreads, 0);
        stage.setDefault(interOpThreads, 1);
        stage.setDefault(feedTimeout, 600);
        stage.setDefault(reservationTimeout, 600);
        stage.setDefault(graceSecs, 86400);
        stage.setDefault(maxRestarts, 0);
    }
}
