package io.tfcluster;

import io.tfcluster.reservation.NodeFailure;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks whether the nodes get anywhere: no step, no row and no other phase for a while is a stall, unless there is nothing to do. Then it warns,
 * once a stall, and after another while it ends the cluster with the root of the waiting as the first cause.
 *
 * <p>Its thread {@code tfcluster-stall-…} also asks the nodes that stand still for their threads, and waits for the answers, for 3 s at most.
 */
final class StallInspector implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StallInspector.class);
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(3);
    private static final int MOST_DUMPS = 8;

    private final String clusterId;
    private final NodeStates states;
    private final Duration warning;
    private final Duration limit;
    private final long interval;
    private final Predicate<String> isFed;
    private final IntConsumer askThreads;
    private final Hearers told;
    private final ScheduledThreadPoolExecutor thread;
    private final Map<Integer, CompletableFuture<String>> answers = new HashMap<>();
    private long looked;
    private boolean warned;
    private boolean ended;

    /**
     * Who hears of a stall.
     *
     * @param onStall of the warning
     * @param onEnd of the node that is to blame, by ordinal
     */
    record Hearers(Consumer<StallReport> onStall, BiConsumer<Integer, NodeFailure> onEnd) {}

    /** Makes an inspector that looks when it is told to; {@link #start} makes one that does by itself. */
    StallInspector(
            String clusterId,
            NodeStates states,
            Duration warning,
            Duration limit,
            Predicate<String> isFed,
            IntConsumer askThreads,
            Hearers told) {
        this.clusterId = clusterId;
        this.states = states;
        this.warning = warning;
        this.limit = limit;
        this.isFed = isFed;
        this.askThreads = askThreads;
        this.told = told;
        this.looked = states.nanos();
        Duration shorter = limit.isZero() || warning.compareTo(limit) < 0 ? warning : limit;
        this.interval = Math.max(50, Math.min(1_000, shorter.toMillis() / 10));
        this.thread = new ScheduledThreadPoolExecutor(1, runnable -> {
            Thread made = new Thread(runnable, "tfcluster-stall-" + clusterId);
            made.setDaemon(true);
            return made;
        });
    }

    /**
     * Begins to look.
     *
     * @param limit zero if a stall never ends the cluster
     * @param isFed whether the driver is feeding a feed
     * @param askThreads asks a node for its threads, who answers by {@link #answered}
     */
    static StallInspector start(
            String clusterId,
            NodeStates states,
            Duration warning,
            Duration limit,
            Predicate<String> isFed,
            IntConsumer askThreads,
            Hearers told) {
        StallInspector inspector = new StallInspector(clusterId, states, warning, limit, isFed, askThreads, told);
        var looking = inspector.thread.scheduleWithFixedDelay(
                inspector::lookSafely, inspector.interval, inspector.interval, TimeUnit.MILLISECONDS);
        log.debug("cluster {} is looked at every {} ms: {}", clusterId, inspector.interval, looking);
        return inspector;
    }

    private void lookSafely() {
        try {
            look();
        } catch (RuntimeException e) { // thrown out of here it would end the looking without a word
            log.warn("the stall inspector of cluster {} failed at one look; it goes on", clusterId, e);
        }
    }

    /** Looks once. */
    void look() {
        long now = states.nanos();
        long pause = now - looked - TimeUnit.MILLISECONDS.toNanos(interval);
        looked = now;
        if (pause > TimeUnit.MILLISECONDS.toNanos(Math.max(1_000, interval))) {
            states.shift(pause); // this process stood still, not they
        }
        List<NodeStates.State> nodes = states.now();
        Duration first = limit.isZero() || warning.compareTo(limit) < 0 ? warning : limit;
        StallGraph graph = new StallGraph(nodes, isFed, first);
        graph.idle().forEach(state -> states.touch(state.ordinal()));
        List<NodeStates.State> stalled = graph.stalled();
        if (stalled.isEmpty()) {
            if (warned) {
                log.info("cluster {} gets on again", clusterId);
            }
            warned = false;
            return;
        }
        NodeStates.State worst = stalled.get(0);
        StallGraph.Root root = graph.root(worst);
        Duration time = StallGraph.standing(worst);
        boolean over = !limit.isZero() && !ended && time.compareTo(limit) >= 0;
        if ((!warned && time.compareTo(warning) >= 0) || over) {
            Map<String, String> threads = threads(stalled, nodes, root);
            looked = states.nanos();
            StallReport report = new StallReport(
                    stalled.stream().map(NodeStates.State::name).toList(),
                    root.node(),
                    root.why(),
                    time,
                    StallText.of(root, nodes, threads));
            if (!warned) {
                warned = true;
                log.warn(
                        "cluster {} has made no progress for {}: {}",
                        clusterId,
                        StallGraph.seconds(time),
                        report.text());
                told.onStall().accept(report);
            }
            if (over) {
                ended = true;
                end(report, nodes, root, threads);
            }
        }
    }

    private void end(
            StallReport report, List<NodeStates.State> nodes, StallGraph.Root root, Map<String, String> threads) {
        NodeStates.State state = nodes.stream()
                .filter(each -> each.name().equals(root.node()))
                .findFirst()
                .orElseThrow();
        String dump = ThreadDump.mainThread(threads.getOrDefault(root.node(), ""));
        NodeFailure failure = new NodeFailure(
                root.node(),
                state.info().task().host(),
                Instant.now(),
                OptionalInt.empty(),
                "stalled: no progress for " + StallGraph.seconds(report.time()) + ", and stallLimit is " + limit + ": "
                        + root.why() + (root.chain().isEmpty() ? "" : " (" + String.join(", ", root.chain()) + ")"),
                dump,
                List.of());
        told.onEnd().accept(state.ordinal(), failure);
    }

    /** Returns what the nodes that stand still say of their threads, the root first; empty for one that does not answer. */
    private Map<String, String> threads(
            List<NodeStates.State> stalled, List<NodeStates.State> nodes, StallGraph.Root root) {
        Map<String, CompletableFuture<String>> asked = new LinkedHashMap<>();
        nodes.stream()
                .filter(node -> node.name().equals(root.node()))
                .forEach(node -> asked.put(node.name(), ask(node)));
        stalled.stream()
                .filter(node -> !asked.containsKey(node.name()))
                .limit(MOST_DUMPS)
                .forEach(node -> asked.put(node.name(), ask(node)));
        long deadline = System.nanoTime() + ANSWER_LIMIT.toNanos();
        Map<String, String> threads = new LinkedHashMap<>();
        asked.forEach((node, answer) -> threads.put(node, await(answer, deadline)));
        return threads;
    }

    private CompletableFuture<String> ask(NodeStates.State node) {
        CompletableFuture<String> answer = new CompletableFuture<>();
        synchronized (answers) {
            answers.put(node.ordinal(), answer);
        }
        askThreads.accept(node.ordinal());
        return answer;
    }

    private static String await(CompletableFuture<String> answer, long deadline) {
        try {
            return answer.get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            return ""; // said so in the report
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    /** Hears a node's threads. */
    void answered(int ordinal, String dump) {
        @Nullable CompletableFuture<String> answer;
        synchronized (answers) {
            answer = answers.remove(ordinal);
        }
        if (answer != null) {
            answer.complete(dump);
        }
    }

    /** Ends the looking; does not wait for a look that is under way. */
    @Override
    public void close() {
        thread.shutdownNow();
    }
}
