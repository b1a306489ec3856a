package io.tfcluster;

import io.tfcluster.reservation.NodeProgress;
import io.tfcluster.reservation.NodeWait;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A stall as text: the chain of those who wait, a table of all nodes in 80 columns, and the threads of those that stand still. */
final class StallText {
    private static final int WIDTH = 80;
    private static final String ROW = "%-12s %-11s %8s %10s %7s  %s";

    private StallText() {}

    static String of(StallGraph.Root root, List<NodeStates.State> nodes, Map<String, String> threads) {
        StringBuilder text = new StringBuilder(root.why());
        for (String step : root.chain()) {
            text.append("\n  ").append(step);
        }
        text.append('\n').append(table(nodes));
        threads.forEach((node, dump) -> text.append("\n\nthreads of ")
                .append(node)
                .append(dump.isEmpty() ? ": it does not answer" : ":\n" + dump));
        return text.toString();
    }

    static String table(List<NodeStates.State> nodes) {
        StringBuilder table = new StringBuilder(line("node", "phase", "step", "rows", "still", "waits for"));
        for (NodeStates.State node : nodes) {
            NodeProgress progress = node.progress().orElse(NodeProgress.of("starting"));
            table.append('\n')
                    .append(line(
                            node.name(),
                            progress.phase(),
                            Long.toString(progress.step()),
                            Long.toString(progress.rows()),
                            node.gone() ? "" : StallGraph.seconds(node.idle()),
                            waits(node, progress)));
        }
        return table.toString();
    }

    private static String line(String node, String phase, String step, String rows, String still, String waits) {
        String line = ROW.formatted(cut(node, 12), cut(phase, 11), step, rows, still, waits)
                .stripTrailing();
        return cut(line, WIDTH);
    }

    private static String waits(NodeStates.State node, NodeProgress progress) {
        if (node.gone()) {
            return "(ended)";
        }
        if (node.silent()) {
            return "says nothing for " + StallGraph.seconds(node.quiet());
        }
        return progress.waits().stream().map(StallText::wait).collect(Collectors.joining(", "));
    }

    private static String wait(NodeWait wait) {
        String targets = String.join(" ", wait.targets());
        return switch (wait.kind()) {
            case FEED -> "rows of " + targets;
            case PEER -> targets + " (ring)";
            case PS -> targets + " (run)";
            case STOP -> "the end";
        };
    }

    private static String cut(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length - 1) + "…";
    }
}
