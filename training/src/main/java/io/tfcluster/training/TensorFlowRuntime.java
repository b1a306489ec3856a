package io.tfcluster.training;

import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.TensorFlow;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.RunMetadata;
import org.tensorflow.proto.RunOptions;
import org.tensorflow.types.TFloat32;

/** What TensorFlow this process runs on. */
public final class TensorFlowRuntime {
    private static final long TIMEOUT_MILLIS = 60_000;

    private TensorFlowRuntime() {}

    /** Returns a line for the log, such as "TensorFlow 2.18.0, oneDNN on". Runs a small convolution: takes milliseconds. */
    public static String describe() {
        return "TensorFlow " + TensorFlow.version() + ", oneDNN "
                + (oneDnn() ? "on" : "off (TF_ENABLE_ONEDNN_OPTS=1 turns it on)");
    }

    /**
     * Returns whether TensorFlow computes with oneDNN.
     *
     * <p>Asks TensorFlow itself: a convolution is run, and the graph that its executor was given tells whether the kernel was exchanged
     * for one of oneDNN ({@code _MklNativeConv2D}).
     */
    public static boolean oneDnn() {
        try (Graph graph = new Graph();
                Session session = new Session(graph);
                TFloat32 image = TFloat32.tensorOf(Shape.of(1, 8, 8, 3))) {
            Ops tf = Ops.create(graph);
            Placeholder<TFloat32> x = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 8, 8, 3)));
            Operand<TFloat32> kernel = tf.fill(tf.constant(new int[] {3, 3, 3, 16}), tf.constant(0.1f));
            Operand<TFloat32> y = tf.nn.conv2d(x, kernel, List.of(1L, 1L, 1L, 1L), "SAME");
            RunOptions options = RunOptions.newBuilder()
                    .setOutputPartitionGraphs(true)
                    .setTimeoutInMs(TIMEOUT_MILLIS)
                    .build();
            try (Result result =
                    session.runner().feed(x, image).fetch(y).setOptions(options).runAndFetchMetadata()) {
                RunMetadata metadata = result.getMetadata().orElseThrow();
                return metadata.getPartitionGraphsList().stream()
                        .map(GraphDef::getNodeList)
                        .flatMap(List::stream)
                        .map(NodeDef::getOp)
                        .anyMatch(op -> op.startsWith("_Mkl"));
            }
        }
    }
}
