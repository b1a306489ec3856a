package io.tfcluster;

import io.tfcluster.reservation.ClusterTemplate;
import io.tfcluster.reservation.NodeFailure;
import io.tfcluster.reservation.NodeInfo;
import io.tfcluster.reservation.NodeProgress;
import io.tfcluster.reservation.ReservationListener;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns what the reservation server hears into log lines, the listeners' calls, and the one exception that names the first cause. */
final class ClusterEvents implements ReservationListener, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ClusterEvents.class);

    /** How long failures of others are waited for after the first. */
    private static final Duration SETTLE = Duration.ofMillis(1_500);

    /** How long the exit code and the last lines of a node are waited for that has told its exception: its JVM has hooks to run. */
    private static final Duration SETTLE_FOR_EXIT = Duration.ofSeconds(8);

    /** How long Spark's word is waited for when a node went without one, and its launcher with it: Spark hears of a lost executor later. */
    private static final Duration SETTLE_FOR_EXECUTOR = Duration.ofSeconds(6);

    private static final long LOOK_MILLIS = 100;

    private final ClusterTemplate template;
    private final List<ClusterListener> listeners;
    private final Consumer<NodeFailure> onFirstFailure;
    private final Object telling = new Object();
    private final CountDownLatch failed = new CountDownLatch(1);
    private final SortedMap<Integer, NodeFailure> failures = new TreeMap<>();
    private final Set<Integer> vanished = ConcurrentHashMap.newKeySet();
    private final NodeStates states;
    private final ExecutorWatch executors = new ExecutorWatch();
    private final AtomicBoolean warnedOfServers = new AtomicBoolean();
    private long firstHeard;
    private volatile boolean ending;
    private volatile @Nullable StallInspector inspector;
    private volatile NoticeHandler onNotice = (ordinal, topic, details) -> {};

    /** Who hears what nodes say beside what every cluster has. */
    interface NoticeHandler {
        void notice(int ordinal, String topic, Map<String, String> details);
    }

    ClusterEvents(
            ClusterTemplate template,
            NodeStates states,
            List<ClusterListener> listeners,
            Consumer<NodeFailure> onFirstFailure) {
        this.template = template;
        this.states = states;
        this.listeners = List.copyOf(listeners);
        this.onFirstFailure = onFirstFailure;
    }

    /** From here on nodes may go without being missed: the driver itself is ending the cluster. */
    void ending() {
        ending = true;
    }

    /** Sets who hears the nodes' notices; before the first node starts. */
    void onNotice(NoticeHandler handler) {
        onNotice = handler;
    }

    @Override
    public void notice(int ordinal, String topic, Map<String, String> details) {
        StallInspector looking = inspector;
        if (topic.equals(Notices.SERVER_STARTED)) {
            warnOfServer(ordinal);
        } else if (!topic.equals(Notices.THREAD_DUMP)) {
            onNotice.notice(ordinal, topic, details);
        } else if (looking != null) {
            looking.answered(ordinal, details.getOrDefault("text", ""));
        }
    }

    /** Looks from now on whether the nodes get anywhere; until {@link #close}. */
    void inspect(String clusterId, ClusterConfig config, Predicate<String> isFed, IntConsumer askThreads) {
        inspector = StallInspector.start(
                clusterId,
                states,
                config.stallWarning(),
                config.stallLimit(),
                isFed,
                askThreads,
                new StallInspector.Hearers(stall -> tell(listener -> listener.stalled(stall)), this::stalledOut));
    }

    private void stalledOut(int ordinal, NodeFailure failure) {
        if (!ending) {
            add(ordinal, failure);
        }
    }

    /** Ends the looking, at Spark's executors and at the nodes. */
    @Override
    public void close() {
        executors.close();
        StallInspector looking = inspector;
        if (looking != null) {
            looking.close();
        }
    }

    private void warnOfServer(int ordinal) {
        if (warnedOfServers.compareAndSet(false, true)) {
            log.warn(
                    "{} has started TensorFlow's own gRPC server, which has neither authentication nor encryption: whoever"
                            + " reaches its port can run graphs there. Keep the ports of the nodes (nodePorts) inside a network"
                            + " that you trust, or train by all-reduce, which needs no such server; see SECURITY.md",
                    template.name(ordinal));
        }
    }

    @Override
    public void joined(int ordinal, NodeInfo node) {
        log.info(
                "{} joined from {} (process {}, executor {})",
                template.name(ordinal),
                node.task().host(),
                node.pid(),
                node.executorId());
        states.joined(ordinal, node);
        tell(listener -> listener.joined(node));
    }

    @Override
    public void progress(int ordinal, NodeProgress progress) {
        states.progress(ordinal, progress);
        tell(listener -> listener.progress(template.name(ordinal), progress));
    }

    @Override
    public void log(int ordinal, List<String> lines) {
        lines.forEach(line -> log.info("[{}] {}", template.name(ordinal), line));
    }

    @Override
    public void farewell(int ordinal, Map<String, String> result) {
        log.info("{} has ended", template.name(ordinal));
        states.gone(ordinal);
        tell(listener -> listener.left(template.name(ordinal)));
    }

    @Override
    public void stalled(int ordinal, Duration silence) {
        log.warn("{} has said nothing for {}", template.name(ordinal), silence);
    }

    @Override
    public void failed(int ordinal, NodeFailure failure) {
        states.gone(ordinal);
        if (!ending) {
            add(ordinal, failure);
        }
    }

    @Override
    public void lost(int ordinal, String why) {
        if (states.now().stream().noneMatch(node -> node.ordinal() == ordinal && node.silent())) {
            vanished.add(ordinal); // its connection ended, with its launcher's: perhaps the executor did
        }
        states.gone(ordinal);
        if (!ending) {
            NodeInfo node = states.infos().get(ordinal);
            String host = node == null ? "" : node.task().host();
            add(
                    ordinal,
                    new NodeFailure(
                            template.name(ordinal), host, Instant.now(), OptionalInt.empty(), why, "", List.of()));
        }
    }

    @Override
    public void completed(int ordinal, NodeFailure failure) {
        synchronized (failures) {
            failures.replace(ordinal, failure);
            failures.notifyAll();
        }
    }

    private void add(int ordinal, NodeFailure failure) {
        boolean first;
        synchronized (failures) {
            first = failures.isEmpty();
            firstHeard = first ? System.nanoTime() : firstHeard;
            failures.put(ordinal, failure);
            failures.notifyAll();
        }
        tell(listener -> listener.failed(failure));
        if (first) {
            failed.countDown();
            onFirstFailure.accept(failure);
        }
    }

    /** Calls come from the server's thread and from those that feed, but one after the other. */
    private void tell(Consumer<ClusterListener> call) {
        synchronized (telling) {
            for (ClusterListener listener : listeners) {
                try {
                    call.accept(listener);
                } catch (RuntimeException e) {
                    log.warn("a cluster listener failed; the cluster goes on", e);
                }
            }
        }
    }

    /** Tells the listeners something that the driver itself knows. */
    void announce(Consumer<ClusterListener> call) {
        tell(call);
    }

    /** Returns whether a node has failed. */
    boolean hasFailed() {
        return failed.getCount() == 0;
    }

    /** Returns the exception that names the first cause, if a node has failed or does so within the limit. */
    Optional<NodeExitException> failure(Duration limit) {
        try {
            if (!failed.await(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                return Optional.empty();
            }
            settle();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
        List<NodeFailure> all;
        synchronized (failures) {
            all = new ArrayList<>(failures.values());
        }
        return Optional.of(new FirstCause(all, states.now(), executors::reason).exception());
    }

    /** Returns what is to be told by Spark of executors that go. */
    ExecutorWatch executors() {
        return executors;
    }

    /** Throws the exception that names the first cause if a node has failed, after waiting up to the limit for one to do so. */
    void throwIfFailed(Duration limit) {
        Optional<NodeExitException> failure = failure(limit);
        if (failure.isPresent()) {
            throw failure.get();
        }
    }

    /**
     * Waits for failures that happened before the first one that was heard of: a killed process cannot say so itself, and its launcher's
     * word takes longer than the complaint of a peer.
     */
    private void settle() throws InterruptedException {
        synchronized (failures) {
            for (long left = settling(); left > 0 && !complete(); left = settling()) {
                failures.wait(Math.min(left, LOOK_MILLIS)); // Spark's word on an executor wakes nobody
            }
        }
    }

    /** Waits, after the first failure, until it is as well known as it will be; the cluster's ends can be cut then. 8 s at most. */
    void awaitSettled() {
        try {
            settle();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean complete() {
        return failures.size() == template.size()
                && failures.values().stream()
                        .allMatch(failure -> failure.exitCode().isPresent());
    }

    /** Returns how many milliseconds more are worth waiting. */
    private long settling() {
        boolean ends = failures.values().stream()
                .anyMatch(failure ->
                        !failure.stackTrace().isEmpty() && failure.exitCode().isEmpty());
        Duration limit = SETTLE;
        if (ends) {
            limit = SETTLE_FOR_EXIT;
        } else if (failures.keySet().stream().anyMatch(this::isUnexplained)) {
            limit = SETTLE_FOR_EXECUTOR;
        }
        return limit.toMillis() - (System.nanoTime() - firstHeard) / 1_000_000;
    }

    /** Whether a node went without a word and Spark has not said yet that its executor did. */
    private boolean isUnexplained(int ordinal) {
        NodeInfo node = states.infos().get(ordinal);
        return vanished.contains(ordinal)
                && node != null
                && executors.reason(node.executorId()).isEmpty();
    }

    /** Returns the nodes that have registered, by ordinal. */
    Map<Integer, NodeInfo> nodes() {
        return Map.copyOf(states.infos());
    }
}
