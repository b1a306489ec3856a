package io.tfcluster;

import io.tfcluster.feeding.tensor.DataFeed;
import io.tfcluster.reservation.ClusterSpec;
import io.tfcluster.reservation.ClusterTemplate;
import io.tfcluster.reservation.ClusterView;
import io.tfcluster.reservation.NodeInfo;
import io.tfcluster.reservation.NodeWait;
import io.tfcluster.reservation.Role;
import io.tfcluster.training.BatchSource;
import io.tfcluster.training.CheckpointConfig;
import io.tfcluster.training.InputSpec;
import io.tfcluster.training.ModelFunction;
import io.tfcluster.training.SummaryWriter;
import io.tfcluster.training.Trainer;
import io.tfcluster.training.TrainerConfig;
import io.tfcluster.training.ring.Ring;
import io.tfcluster.training.ring.RingListener;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Graph;
import org.tensorflow.Server;
import org.tensorflow.Session;

/** What the user's main function is given: its place in the cluster, its feeds, its trainer, TensorFlow's server and sessions. */
final class MainContext implements NodeContext {
    private final NodeOrder order;
    private final LaunchPlan plan;
    private final ClusterTemplate.Slot slot;
    private final ClusterView view;
    private final PortHolder port;
    private final RingListener ringListener;
    private final @Nullable NodeFeeds feeds;
    private final ProgressMeter meter;
    private final NodeWaits waits;
    private final Map<String, String> results;
    private final CountDownLatch stopped;
    private final OwnedResources owned;
    private final BiConsumer<String, Map<String, String>> driver;
    private final NodeTensorFlow tensorFlow;

    /**
     * Gives a joined node to its main function.
     *
     * @param feeds null on a node that gets no rows
     * @param results takes what the main function leaves behind
     * @param stopped zero when the driver wants this node to end
     * @param driver hears notices
     * @param onServer called when TensorFlow's own server listens here
     */
    MainContext(
            NodeOrder order,
            ClusterView view,
            PortHolder port,
            RingListener ringListener,
            @Nullable NodeFeeds feeds,
            ProgressMeter meter,
            NodeWaits waits,
            Map<String, String> results,
            CountDownLatch stopped,
            OwnedResources owned,
            BiConsumer<String, Map<String, String>> driver,
            Runnable onServer) {
        this.order = order;
        this.plan = order.plan();
        this.slot = plan.template().slots().get(order.ordinal());
        this.view = view;
        this.port = port;
        this.ringListener = ringListener;
        this.feeds = feeds;
        this.meter = meter;
        this.waits = waits;
        this.results = results;
        this.stopped = stopped;
        this.owned = owned;
        this.driver = driver;
        this.tensorFlow = owned.own(new NodeTensorFlow(clusterSpec(), jobName(), specIndex(), port, onServer));
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
    public int generation() {
        return plan.generation();
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
                : view.spec();
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
        return owned.own(summaries().writer(name));
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
        checkTrains();
        return trainer(model, FeedBatches.inputs(dataFeed("train").schema()), config);
    }

    @Override
    public Trainer trainer(ModelFunction model, List<InputSpec> inputs, TrainerConfig asked) {
        checkTrains();
        TrainerConfig config = resumed(asked);
        meter.phase("building");
        if (plan.template().slots().stream().anyMatch(each -> each.role() == Role.PS)) {
            waits.servers(others(role -> role == Role.PS || (config.synchronousServers() && role.trains())));
            return owned.own(Trainer.parameterServer(
                    model,
                    inputs,
                    summaries().in(config),
                    tensorFlow.parameterServers(Rings.rank(plan.template(), order.ordinal()), numWorkers()),
                    meter));
        }
        List<NodeInfo> peers = plan.independent() ? List.of() : view.nodes();
        Ring ring = owned.own(waits.during(
                NodeWait.Kind.PEER,
                others(Role::trains),
                () -> Rings.form(
                        ringListener, plan.template(), order.ordinal(), peers, config, plan.reservationTimeout())));
        waits.ring(ring);
        return owned.own(Trainer.allReduce(model, inputs, summaries().in(config), ring, meter));
    }

    private List<String> others(Predicate<Role> wanted) {
        return IntStream.range(0, plan.template().size())
                .filter(each -> each != order.ordinal()
                        && wanted.test(plan.template().slots().get(each).role()))
                .mapToObj(plan.template()::name)
                .toList();
    }

    /** Tells the driver where the training is saved; after a restart it goes on from the very checkpoint after which the driver feeds. */
    private TrainerConfig resumed(TrainerConfig config) {
        CheckpointConfig checkpoints = config.checkpoints().orElse(null);
        if (checkpoints == null) {
            return config;
        }
        String folder = checkpoints.folder();
        if (!folder.matches("[A-Za-z][A-Za-z0-9+.-]*:.*")) {
            folder = Path.of(folder).toAbsolutePath().toString();
        }
        if (isChief()) {
            driver.accept(Notices.CHECKPOINTS, Map.of("folder", folder));
        }
        Long step = plan.checkpoints().get(folder);
        if (step == null) {
            return config;
        }
        if (plan.inputMode() == InputMode.TENSORFLOW) { // nothing is fed that must begin at the same step
            return config.withCheckpoints(checkpoints.resume(true));
        }
        return config.withCheckpoints(step == 0 ? checkpoints.resume(false) : checkpoints.resumeAt(step));
    }

    private void checkTrains() {
        if (!slot.role().trains()) {
            throw new IllegalStateException(
                    order.name() + " does not train; call serveUntilStopped() on a ps, awaitStop() on an evaluator");
        }
    }

    @Override
    public Server startServer() {
        return tensorFlow.server();
    }

    @Override
    public Session session(Graph graph, String... deviceFilters) {
        return tensorFlow.session(graph, List.of(deviceFilters));
    }

    @Override
    public void serveUntilStopped() {
        startServer();
        meter.phase("serving");
        awaitStop();
    }

    @Override
    public void awaitStop() {
        waits.begin(NodeWait.Kind.STOP, List.of());
        try {
            stopped.await(); // its limit is the lifeline: no driver, no executor, no process
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            waits.end();
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
