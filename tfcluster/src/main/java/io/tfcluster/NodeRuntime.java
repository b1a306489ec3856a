package io.tfcluster;

import io.tfcluster.feeding.tensor.DataFeed;
import io.tfcluster.reservation.ClusterSpec;
import io.tfcluster.reservation.ClusterTemplate;
import io.tfcluster.reservation.ClusterView;
import io.tfcluster.reservation.NodeFailure;
import io.tfcluster.reservation.NodeInfo;
import io.tfcluster.reservation.ReservationClient;
import io.tfcluster.reservation.Role;
import io.tfcluster.reservation.TaskSpec;
import io.tfcluster.training.BatchSource;
import io.tfcluster.training.ModelFunction;
import io.tfcluster.training.SummaryWriter;
import io.tfcluster.training.TensorFlowRuntime;
import io.tfcluster.training.Trainer;
import io.tfcluster.training.TrainerConfig;
import io.tfcluster.training.ring.RingListener;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tensorflow.Graph;
import org.tensorflow.Server;
import org.tensorflow.Session;

/** A node from the inside: its sockets, its control connection, and what the user's main function is given. */
final class NodeRuntime implements NodeContext, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(NodeRuntime.class);
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(30);

    private final NodeOrder order;
    private final LaunchPlan plan;
    private final ClusterTemplate.Slot slot;
    private final Deque<AutoCloseable> owned = new ArrayDeque<>();
    private final ProgressMeter meter = new ProgressMeter();
    private final Map<String, String> results = new ConcurrentHashMap<>();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Thread mainThread = Thread.currentThread();
    private final PortHolder port;
    private final RingListener ringListener;
    private final @Nullable NodeFeeds feeds;
    private final ReservationClient control;
    private volatile boolean leaving;
    private @Nullable ClusterView view;
    private @Nullable NodeTensorFlow tensorFlow;

    private NodeRuntime(NodeOrder order) {
        this.order = order;
        this.plan = order.plan();
        this.slot = plan.template().slots().get(order.ordinal());
        try {
            this.port = own(PortHolder.take(order.host(), plan.nodePorts()));
            this.ringListener = own(RingListener.open(order.host(), plan.nodePorts(), plan.secret()));
            this.feeds = slot.role().trains() && !plan.feeds().isEmpty() ? own(NodeFeeds.start(order)) : null;
            this.control = own(ReservationClient.connect(
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

    /** Opens the node's sockets, registers, and returns when the whole cluster is known. */
    static NodeRuntime start(NodeOrder order) {
        NodeRuntime node = new NodeRuntime(order);
        try {
            node.join();
            return node;
        } catch (RuntimeException e) {
            node.fail(e);
            node.close();
            throw e;
        }
    }

    private void join() {
        if (feeds != null) {
            feeds.onNotice(control::notice);
            control.onNotice(feeds::notice);
        }
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
                () -> feeds == null ? meter.take() : meter.take().withFeeds(feeds.progress()));
        log.info("{}: {}", order.name(), TensorFlowRuntime.describe());
        ClusterView known = control.awaitCluster(plan.reservationTimeout());
        view = known;
        tensorFlow = own(new NodeTensorFlow(clusterSpec(), jobName(), specIndex(), port));
        if (plan.releasePort()) {
            port.close();
        }
        System.out.println(order.readyMarker());
        System.out.flush();
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
            TensorBoardProcess board = own(TensorBoardProcess.start(
                    order.host(), logDir, plan.defaultFs(), Path.of(order.folder()), System.getenv()));
            endpoints.put(TensorBoardProcess.ENDPOINT, board.url());
        } catch (IOException e) {
            endpoints.put(TensorBoardProcess.ABSENT, e.getMessage());
        }
    }

    private <T extends AutoCloseable> T own(T resource) {
        owned.push(resource);
        return resource;
    }

    /** The driver wants this node to end: feeds break, sessions are cut, and a main function that waits for something is interrupted. */
    private void stop(String reason) {
        log.info("{} stops: {}", order.name(), reason);
        boolean waiting = slot.role() == Role.PS || slot.role() == Role.EVALUATOR;
        stopped.countDown();
        if (!waiting) {
            if (feeds != null) {
                feeds.fail(new IllegalStateException("the driver stopped the cluster: " + reason));
            }
            mainThread.interrupt();
        }
    }

    /** Says that the main function has returned, with what it left behind. */
    void farewell() {
        meter.phase("ended");
        leaving = true;
        control.farewell(Map.copyOf(results));
    }

    /** Tells the driver why this node ends, unless it was the driver that stopped it. */
    void fail(Throwable cause) {
        if (stopping()) {
            log.info("{} ended while being stopped", order.name(), cause);
            farewell();
            return;
        }
        log.error("{} failed", order.name(), cause);
        StringWriter trace = new StringWriter();
        cause.printStackTrace(new PrintWriter(trace));
        control.fail(new NodeFailure(
                order.name(),
                order.host(),
                Instant.now(),
                OptionalInt.empty(),
                cause.toString(),
                trace.toString(),
                List.of()));
        if (feeds != null) { // so that whoever waits for results is told the cause, too
            feeds.fail(new IllegalStateException(order.name() + " failed: " + cause, cause));
        }
    }

    /** Closes the sockets, newest first; goes on after a failure. */
    @Override
    public void close() {
        while (!owned.isEmpty()) {
            try {
                owned.pop().close();
            } catch (Exception e) {
                log.debug("closing a part of {}", order.name(), e);
            }
        }
    }

    private ClusterView view() {
        if (view == null) {
            throw new IllegalStateException("the cluster does not stand yet");
        }
        return view;
    }

    private NodeTensorFlow tensorFlow() {
        if (tensorFlow == null) {
            throw new IllegalStateException("the cluster does not stand yet");
        }
        return tensorFlow;
    }

    @Override
    public Role role() {
        return slot.role();
    }

    @Override
    public int index() {
        return slot.index();
    }

    /** In a cluster of its own a node is worker 0, whichever copy it is. */
    private int specIndex() {
        return plan.independent() ? 0 : slot.index();
    }

    @Override
    public String jobName() {
        return plan.template().jobName(slot.role());
    }

    @Override
    public boolean isChief() {
        return plan.independent() || Rings.rank(plan.template(), order.ordinal()) == 0;
    }

    @Override
    public int rank() {
        if (!slot.role().trains()) {
            throw new IllegalStateException(
                    order.name() + " does not train, so that it has no rank among those that do");
        }
        return Rings.rank(plan.template(), order.ordinal());
    }

    @Override
    public int numWorkers() {
        return (int) plan.template().slots().stream()
                .filter(each -> each.role().trains())
                .count();
    }

    @Override
    public ClusterSpec clusterSpec() {
        return plan.independent()
                ? new ClusterSpec(Map.of(jobName(), List.of(order.host() + ":" + port.port())))
                : view().spec();
    }

    @Override
    public String tfConfig() {
        return clusterSpec().toTfConfigJson(jobName(), specIndex());
    }

    @Override
    public String defaultFs() {
        return plan.defaultFs();
    }

    @Override
    public String absolutePath(String path) {
        return Paths.absolute(
                path,
                plan.defaultFs(),
                System.getProperty("user.name"),
                Path.of("").toAbsolutePath());
    }

    @Override
    public Path addedFile(String name) {
        return Path.of(order.filesFolder(), name);
    }

    @Override
    public Optional<String> logDir() {
        return plan.eventFolder();
    }

    @Override
    public SummaryWriter summaryWriter(String name) {
        return own(summaries().writer(name));
    }

    private NodeSummaries summaries() {
        return new NodeSummaries(plan, slot.index(), order.folder());
    }

    @Override
    public DataFeed dataFeed() {
        if (plan.feeds().size() == 1) {
            return dataFeed(plan.feeds().keySet().iterator().next());
        }
        return dataFeed("train");
    }

    @Override
    public DataFeed dataFeed(String name) {
        if (feeds == null) {
            throw new IllegalStateException(
                    order.name() + " gets no rows: feeds go to chief and workers, in inputMode SPARK");
        }
        return feeds.feed(name);
    }

    @Override
    public BatchSource batches(String feed) {
        return new FeedBatches(dataFeed(feed));
    }

    @Override
    public Trainer trainer(ModelFunction model, TrainerConfig config) {
        if (!slot.role().trains()) {
            throw new IllegalStateException(
                    order.name() + " does not train; call serveUntilStopped() on a ps, awaitStop() on an evaluator");
        }
        meter.phase("building");
        DataFeed feed = dataFeed("train");
        if (plan.template().slots().stream().anyMatch(each -> each.role() == Role.PS)) {
            return own(Trainer.parameterServer(
                    model,
                    FeedBatches.inputs(feed.schema()),
                    summaries().in(config),
                    tensorFlow().parameterServers(Rings.rank(plan.template(), order.ordinal()), numWorkers()),
                    meter));
        }
        List<NodeInfo> peers = plan.independent() ? List.of() : view().nodes();
        return own(Trainer.allReduce(
                model,
                FeedBatches.inputs(feed.schema()),
                summaries().in(config),
                own(Rings.form(
                        ringListener, plan.template(), order.ordinal(), peers, config, plan.reservationTimeout())),
                meter));
    }

    @Override
    public Server startServer() {
        return tensorFlow().server();
    }

    @Override
    public Session session(Graph graph, String... deviceFilters) {
        return tensorFlow().session(graph, List.of(deviceFilters));
    }

    @Override
    public void serveUntilStopped() {
        startServer();
        meter.phase("serving");
        awaitStop();
    }

    @Override
    public void awaitStop() {
        try {
            stopped.await(); // its limit is the lifeline: no driver, no executor, no process
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean stopping() {
        return stopped.getCount() == 0;
    }

    @Override
    public void releasePort() {
        port.close();
    }

    @Override
    public void result(String key, String value) {
        results.put(key, value);
    }

    @Override
    public void report(long epoch, long step, long rows, Map<String, Double> metrics) {
        meter.report(epoch, step, rows, metrics);
    }
}
