package io.tfcluster;

import io.tfcluster.reservation.ClusterTemplate;
import io.tfcluster.reservation.ClusterView;
import io.tfcluster.reservation.NodeFailure;
import io.tfcluster.reservation.NodeInfo;
import io.tfcluster.reservation.ReservationClient;
import io.tfcluster.reservation.Role;
import io.tfcluster.reservation.TaskSpec;
import io.tfcluster.training.TensorFlowRuntime;
import io.tfcluster.training.ring.RingListener;
import io.tfcluster.transport.ChannelException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of a node from the inside: its sockets, its control connection, joining, stopping and saying how it went. What the user's main
 * function sees of it is a {@link MainContext}.
 */
final class NodeRuntime implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(NodeRuntime.class);
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(30);

    private final NodeOrder order;
    private final LaunchPlan plan;
    private final ClusterTemplate.Slot slot;
    private final OwnedResources owned;
    private final ProgressMeter meter = new ProgressMeter();
    private final Map<String, String> results = new ConcurrentHashMap<>();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Thread mainThread = Thread.currentThread();
    private final PortHolder port;
    private final RingListener ringListener;
    private final @Nullable NodeFeeds feeds;
    private final NodeWaits waits;
    private final ReservationClient control;
    private final AtomicBoolean told = new AtomicBoolean();
    private volatile boolean leaving;

    private NodeRuntime(NodeOrder order) {
        this.order = order;
        this.plan = order.plan();
        this.slot = plan.template().slots().get(order.ordinal());
        this.owned = new OwnedResources(order.name());
        try {
            this.port = owned.own(PortHolder.take(order.host(), plan.nodePorts()));
            this.ringListener =
                    owned.own(RingListener.open(order.host(), plan.nodePorts(), plan.secret(), plan.tlsPeer()));
            this.feeds = slot.role().trains() && !plan.feeds().isEmpty() ? owned.own(NodeFeeds.start(order)) : null;
            this.waits = new NodeWaits(plan.template(), feeds);
            this.control = owned.own(ReservationClient.connect(
                    plan.server(),
                    plan.secret(),
                    plan.clusterId(),
                    plan.generation(),
                    order.id(),
                    plan.tlsClient(),
                    CONNECT_LIMIT));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Opens the node's sockets. */
    static NodeRuntime open(NodeOrder order) {
        return new NodeRuntime(order);
    }

    /** Registers, and returns when the whole cluster is known. */
    NodeContext join() {
        try {
            register();
            ClusterView view = control.awaitCluster(plan.reservationTimeout());
            MainContext context = new MainContext(
                    order,
                    view,
                    port,
                    ringListener,
                    feeds,
                    meter,
                    waits,
                    results,
                    stopped,
                    owned,
                    control::notice,
                    this::tellServer);
            if (plan.releasePort()) {
                port.close();
            }
            ExitCall.watch(this::exits);
            meter.phase("running");
            System.out.println(order.readyMarker());
            System.out.flush();
            return context;
        } catch (RuntimeException e) {
            fail(e);
            throw e;
        }
    }

    private void register() {
        if (feeds != null) {
            feeds.onNotice(control::notice);
        }
        control.onNotice(this::notice);
        control.onStop(this::stop);
        control.onDisconnect(() -> {
            if (!leaving) {
                log.error("the driver is gone; {} leaves", order.name());
                Lifeline.leave(Path.of(order.folder()));
            }
        });
        TaskSpec task = new TaskSpec(slot.role(), slot.index(), order.host(), port.port());
        control.register(new NodeInfo(task, ProcessHandle.current().pid(), order.executorId(), endpoints()));
        control.startHeartbeats(
                plan.heartbeatInterval(),
                () -> waits.addTo(feeds == null ? meter.take() : meter.take().withFeeds(feeds.progress())));
        control.expectDriver(plan.heartbeatLimit().multipliedBy(2)); // as long as the driver waits for a node
        log.info("{}: {}", order.name(), TensorFlowRuntime.describe());
    }

    private void notice(String topic, Map<String, String> details) {
        if (topic.equals(Notices.THREADS)) {
            control.notice(Notices.THREAD_DUMP, Map.of("text", ThreadDump.text()));
        } else if (feeds != null) {
            feeds.notice(topic, details);
        }
    }

    /** The driver warns of it, once for all nodes. */
    private void tellServer() {
        try {
            control.notice(Notices.SERVER_STARTED, Map.of());
        } catch (ChannelException e) {
            log.debug("the driver is gone and cannot be told that a server has been started", e);
        }
    }

    private Map<String, String> endpoints() {
        Map<String, String> endpoints = new HashMap<>();
        endpoints.put(Rings.ENDPOINT, order.host() + ":" + ringListener.port());
        if (feeds != null) {
            endpoints.putAll(feeds.endpoints());
        }
        if (plan.tensorboard() && Rings.rank(plan.template(), order.ordinal()) == 0) {
            plan.eventFolder().ifPresent(logDir -> startTensorBoard(logDir, endpoints));
        }
        return endpoints;
    }

    /** Without the program the cluster goes on, and the driver says what to install where. */
    private void startTensorBoard(String logDir, Map<String, String> endpoints) {
        try {
            TensorBoardProcess board = owned.own(TensorBoardProcess.start(
                    order.host(), logDir, plan.defaultFs(), Path.of(order.folder()), System.getenv()));
            endpoints.put(TensorBoardProcess.ENDPOINT, board.url());
        } catch (IOException e) {
            endpoints.put(TensorBoardProcess.ABSENT, e.getMessage());
        }
    }

    /** The driver wants this node to end: feeds break, sessions are cut, and a main function that waits for something is interrupted. */
    private void stop(String reason) {
        log.info("{} stops: {}", order.name(), reason);
        stopped.countDown();
        if (!waitsForStop()) {
            if (feeds != null) {
                feeds.fail(new IllegalStateException("the driver stopped the cluster: " + reason));
            }
            if (!leaving) {
                mainThread.interrupt();
            }
        }
    }

    /** Servers and evaluators end when they are told to, with no error; the others are torn out of what they do. */
    private boolean waitsForStop() {
        return slot.role() == Role.PS || slot.role() == Role.EVALUATOR;
    }

    /** Says that the main function has returned, with what it left behind. */
    void farewell() {
        meter.phase("ended");
        leaving = true;
        Thread.interrupted(); // a stop's: the receipt is waited for all the same
        control.farewell(Map.copyOf(results));
    }

    /** Tells the driver why this node ends, unless it was the driver that stopped it. */
    void fail(Throwable cause) {
        if (stopped.getCount() == 0 && !waitsForStop()) {
            log.info("{} ended while being stopped", order.name(), cause);
            farewell();
            return;
        }
        log.error("{} failed", order.name(), cause);
        tell(cause);
        if (feeds != null) { // so that whoever waits for results is told the cause, too
            feeds.fail(new IllegalStateException(order.name() + " failed: " + cause, cause));
        }
    }

    private void tell(Throwable cause) {
        told.set(true);
        control.fail(new NodeFailure(
                order.name(),
                order.host(),
                Instant.now(),
                OptionalInt.empty(),
                cause.toString(),
                Traces.of(cause),
                List.of(),
                Blame.of(cause, plan.template(), order.name())));
    }

    /** Tells the driver who ended this process with System.exit, while its shutdown hooks run. */
    private void exits(Throwable call) {
        if (!leaving && !told.get() && stopped.getCount() > 0) {
            tell(call);
        }
    }

    /** Closes the sockets, newest first; goes on after a failure. */
    @Override
    public void close() {
        owned.close();
    }
}
