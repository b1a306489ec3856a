package io.tfcluster.examples.flowers;

import io.tfcluster.ClusterListener;
import io.tfcluster.EpochReport;
import io.tfcluster.examples.common.Console;
import io.tfcluster.reservation.NodeFailure;
import io.tfcluster.reservation.NodeInfo;
import io.tfcluster.reservation.NodeProgress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Shows a person how the nodes are doing, and remembers the curve for the report. Called by the cluster's event thread. */
final class TrainingWatch implements ClusterListener {

    /** A point of the learning curve. */
    record Point(double seconds, long epoch, long step, double loss, double accuracy) {}

    private final Console console;
    private final int epochs;
    private final long start = System.nanoTime();
    private final SortedMap<String, NodeProgress> latest = new TreeMap<>();
    private final Map<String, NodeProgress> told = new HashMap<>();
    private final List<Point> curve = new ArrayList<>();

    TrainingWatch(Console console, int epochs) {
        this.console = console;
        this.epochs = epochs;
    }

    @Override
    public void joined(NodeInfo node) {
        console.say("  " + node.task().name() + " is process " + node.pid() + " on executor " + node.executorId());
    }

    @Override
    public synchronized void progress(String node, NodeProgress progress) {
        NodeProgress before = latest.put(node, progress);
        Double loss = progress.metrics().get("loss");
        if (loss == null || (before != null && before.step() == progress.step())) {
            return;
        }
        curve.add(new Point(
                (System.nanoTime() - start) / 1e9,
                progress.epoch(),
                progress.step(),
                loss,
                progress.metrics().getOrDefault("accuracy", Double.NaN)));
        console.live(latest.entrySet().stream()
                .filter(entry -> entry.getValue().metrics().containsKey("loss"))
                .map(entry -> line(entry.getKey(), entry.getValue()))
                .toList());
    }

    @Override
    public synchronized void epochEnded(EpochReport epoch) {
        if (!epoch.feed().equals(FlowersMain.TRAIN)) {
            return;
        }
        if (!console.isTerminal()) {
            latest.forEach((node, progress) -> {
                boolean news = !progress.equals(told.put(node, progress)); // an epoch may be shorter than a heartbeat
                if (news && progress.metrics().containsKey("loss")) {
                    console.say(line(node, progress));
                }
            });
        }
        console.say(epochLine(epoch, epochs));
    }

    @Override
    public void failed(NodeFailure failure) {
        console.say("  " + failure.node() + " failed");
    }

    synchronized List<Point> curve() {
        return List.copyOf(curve);
    }

    static String line(String node, NodeProgress progress) {
        String line = String.format(
                Locale.ROOT,
                "  %-10.10s epoch %d step %,d %,.0f images/s loss %.3f accuracy %.1f%%",
                node,
                progress.epoch() + 1,
                progress.step(),
                progress.rowsPerSecond(),
                progress.metrics().getOrDefault("loss", Double.NaN),
                100 * progress.metrics().getOrDefault("accuracy", Double.NaN));
        return line.substring(0, Math.min(79, line.length()));
    }

    /** The nodes' shares and their sum; more than fits in a line is named by its number. */
    static String epochLine(EpochReport epoch, int epochs) {
        String shares = epoch.rowsByNode().entrySet().stream()
                .map(entry -> entry.getKey() + " " + String.format(Locale.ROOT, "%,d", entry.getValue()))
                .collect(Collectors.joining(" + "));
        String start = String.format(
                Locale.ROOT,
                "epoch %d/%d fed: %,d of %,d rows",
                epoch.epoch() + 1,
                epochs,
                epoch.rowsTaken(),
                epoch.inputRows());
        String line = start + " = " + shares;
        return line.length() < 80 ? line : start + " to " + epoch.rowsByNode().size() + " nodes";
    }

    /** The last figures of each node, by name. */
    synchronized Map<String, NodeProgress> latest() {
        return new TreeMap<>(latest);
    }
}
