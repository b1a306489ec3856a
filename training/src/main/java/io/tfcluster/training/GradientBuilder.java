package io.tfcluster.training;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tensorflow.Graph;
import org.tensorflow.Output;
import org.tensorflow.types.TFloat32;

/** Asks TensorFlow's C++ gradients for the loss's, and explains what they lack. */
final class GradientBuilder {
    /** A gradient through these aborts the whole process, so they are refused before. */
    private static final Set<String> LOOPS =
            Set.of("While", "StatelessWhile", "Enter", "RefEnter", "NextIteration", "LoopCond", "If", "StatelessIf");

    private static final Pattern MISSING = Pattern.compile("No gradient defined for op: ?(\\w+)");
    private static final Map<String, String> WAYS_ROUND = Map.of(
            "SparseSoftmaxCrossEntropyWithLogits",
            "use Losses.softmaxCrossEntropy, or oneHot labels with softmaxCrossEntropyWithLogits",
            "ResourceGather",
            "use Layers.embedding, or read the variable with ModelBuilder.variable and use tf.gather on it",
            "TopKV2",
            "keep it out of the loss",
            "Conv3D",
            "use conv2d over slices",
            "BlockLSTM",
            "use Recurrent.lstm, which is unrolled",
            "SegmentSum",
            "use unsortedSegmentSum, or a matMul with one-hot rows");

    private GradientBuilder() {}

    /** Returns one gradient per variable read, in order. */
    static List<Output<TFloat32>> gradients(Graph graph, Output<TFloat32> loss, Map<String, Output<TFloat32>> reads) {
        GraphWalk walk = new GraphWalk(graph.toGraphDef());
        Set<String> leadToLoss = walk.ancestors(List.of(loss.op().name()));
        List<String> idle = reads.entrySet().stream()
                .filter(read -> !leadToLoss.contains(read.getValue().op().name()))
                .map(Map.Entry::getKey)
                .toList();
        if (!idle.isEmpty()) {
            throw new IllegalArgumentException(
                    "the loss does not depend on variables " + idle + "; use them or leave them out");
        }
        Set<String> path = new LinkedHashSet<>(walk.descendants(
                reads.values().stream().map(read -> read.op().name()).toList()));
        path.retainAll(leadToLoss);
        List<String> loops = path.stream()
                .filter(name -> LOOPS.contains(walk.node(name).getOp()))
                .toList();
        if (!loops.isEmpty()) {
            throw new IllegalArgumentException(
                    "operations " + loops
                            + " are loops or branches between variables and loss; TensorFlow has no gradient for them outside Python: unroll them");
        }
        return addGradients(graph, loss, reads, walk, path);
    }

    private static List<Output<TFloat32>> addGradients(
            Graph graph, Output<TFloat32> loss, Map<String, Output<TFloat32>> reads, GraphWalk walk, Set<String> path) {
        Output<?>[] made;
        try {
            made = graph.addGradients(loss, reads.values().toArray(new Output<?>[0]));
        } catch (RuntimeException e) {
            Matcher missing = MISSING.matcher(String.valueOf(e.getMessage()));
            if (missing.find()) {
                String op = missing.group(1);
                List<String> where = path.stream()
                        .filter(name -> walk.node(name).getOp().equals(op))
                        .toList();
                throw new IllegalArgumentException(
                        "TensorFlow has no gradient for " + op + " outside Python, used at " + where + "; "
                                + WAYS_ROUND.getOrDefault(
                                        op, "express it with other operations, or keep it out of the loss"),
                        e);
            }
            throw new IllegalArgumentException("TensorFlow cannot derive the loss: " + e.getMessage(), e);
        }
        List<Output<TFloat32>> gradients = new ArrayList<>();
        List<String> names = List.copyOf(reads.keySet());
        for (int i = 0; i < made.length; i++) {
            if (made[i] == null) {
                throw new IllegalArgumentException(
                        "no gradient reaches variable \"" + names.get(i)
                                + "\": between it and the loss stands an operation without one, such as argMax or a cast to integers");
            }
            @SuppressWarnings("unchecked") // the gradient of a float variable is float
            Output<TFloat32> gradient = (Output<TFloat32>) made[i];
            gradients.add(gradient);
        }
        return gradients;
    }
}
