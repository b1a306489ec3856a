package io.tfcluster;

import io.tfcluster.feeding.FeedOptions;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.feeding.FeedTarget;
import io.tfcluster.feeding.RowEncoder;
import io.tfcluster.reservation.NodeFailure;
import io.tfcluster.reservation.NodeInfo;
import io.tfcluster.reservation.ReservationServer;
import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.PortRange;
import java.io.Serializable;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A cluster from the driver's side: what {@link TFCluster} does, with the parts that users need not see.
 *
 * <p>Threads: the caller's, one that runs the launching job, and the reservation server's own.
 */
final class ClusterDriver {
    private static final Logger log = LoggerFactory.getLogger(ClusterDriver.class);
    private static final Duration FIRST_CAUSE_LIMIT = Duration.ofSeconds(5);
    private static final Duration ABANDON_LIMIT = Duration.ofSeconds(3);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(10);

    /** RUNNING → STOPPED by shutdown, RUNNING → FAILED by a node's failure, FAILED → STOPPED by shutdown. */
    private enum State {
        RUNNING,
        FAILED,
        STOPPED
    }

    private final ClusterConfig config;
    private final LaunchPlan plan;
    private final ReservationServer server;
    private final ClusterEvents events;
    private final Launch launch;
    private final SparkJobs feedJobs;
    private final long started = System.nanoTime();
    private final List<EpochReport> epochs = new ArrayList<>();
    private final Set<String> endedFeeds = ConcurrentHashMap.newKeySet();
    private volatile boolean terminatedEarly;
    private final AtomicReference<State> state = new AtomicReference<>(State.RUNNING);

    private ClusterDriver(
            ClusterConfig config,
            LaunchPlan plan,
            ReservationServer server,
            ClusterEvents events,
            Launch launch,
            SparkJobs feedJobs) {
        this.config = config;
        this.plan = plan;
        this.server = server;
        this.events = events;
        this.launch = launch;
        this.feedJobs = feedJobs;
    }

    /** Starts a cluster and returns when all its nodes know each other. */
    static <A extends Serializable> ClusterDriver start(
            SparkSession spark, TFMain<A> main, A args, ClusterConfig config, boolean independent) {
        SparkContext sc = spark.sparkContext();
        Slots.check(sc, config.nodes() - (config.parameterServersOnDriver() ? config.ps() : 0));
        UserMain userMain = UserMain.of(main, args);
        String id = HexFormat.of().toHexDigits(new SecureRandom().nextLong()).substring(0, 8);
        ClusterSecret secret = ClusterSecret.random();
        SparkJobs feedJobs = new SparkJobs(sc, "tfcluster-" + id + "-feed");
        AtomicReference<ClusterDriver> self = new AtomicReference<>();
        AtomicReference<Launch> launching = new AtomicReference<>();
        ClusterEvents events = new ClusterEvents(config.template(), config.listeners(), failure -> {
            ClusterDriver driver = self.get();
            if (driver != null) {
                driver.fail(failure);
            }
        });
        ReservationServer server = ReservationServer.builder(config.template(), secret)
                .clusterId(id)
                .host(serverHost(sc, config))
                .ports(serverPorts(config))
                .heartbeatLimit(config.heartbeatLimit())
                .missingTasks(ordinal -> {
                    Launch known = launching.get();
                    return known == null ? "not started" : known.taskOf(ordinal);
                })
                .listener(events)
                .start();
        LaunchPlan plan = plan(sc, config, id, secret, server, independent, userMain);
        Launch launch = new Launch(sc, plan, config.parameterServersOnDriver());
        launching.set(launch);
        ClusterDriver driver = new ClusterDriver(config, plan, server, events, launch, feedJobs);
        self.set(driver);
        try {
            launch.start();
            driver.awaitNodes();
            return driver;
        } catch (RuntimeException e) {
            driver.abandon("the cluster could not start");
            throw e;
        }
    }

    private static LaunchPlan plan(
            SparkContext sc,
            ClusterConfig config,
            String id,
            ClusterSecret secret,
            ReservationServer server,
            boolean independent,
            UserMain main) {
        int intraOp = config.intraOpThreads() > 0 ? config.intraOpThreads() : Slots.taskCpus(sc.conf());
        return new LaunchPlan(
                id,
                0,
                server.address().getHostString(),
                server.address().getPort(),
                secret,
                config.template(),
                config.inputMode(),
                independent,
                config.feeds(),
                config.feedBufferBytes(),
                config.feedTimeout(),
                config.reservationTimeout(),
                config.heartbeatInterval(),
                config.nodePorts(),
                config.releasePort(),
                config.tensorboard(),
                config.logDir().orElse(null),
                FileSystem.getDefaultUri(sc.hadoopConfiguration()).toString(),
                new NodeSettings(
                        config.nodeMemory(),
                        intraOp,
                        config.interOpThreads(),
                        config.jvmOptions(),
                        config.environment()),
                main);
    }

    private static String serverHost(SparkContext sc, ClusterConfig config) {
        return config.serverHost()
                .or(() -> Optional.ofNullable(System.getenv("TFOS_SERVER_HOST")))
                .orElseGet(() -> sc.conf().get("spark.driver.host"));
    }

    private static PortRange serverPorts(ClusterConfig config) {
        return config.serverPorts()
                .or(() -> Optional.ofNullable(System.getenv("TFOS_SERVER_PORT")).map(PortRange::parse))
                .orElse(PortRange.ANY);
    }

    /** Waits for the nodes, and for the launching job's failure, whichever comes first. */
    private void awaitNodes() {
        CompletableFuture<List<NodeInfo>> nodes = new CompletableFuture<>();
        Thread waiter = new Thread(
                () -> {
                    try {
                        nodes.complete(server.awaitNodes(config.reservationTimeout()));
                    } catch (RuntimeException e) {
                        nodes.completeExceptionally(e);
                    }
                },
                "tfcluster-await-" + plan.clusterId());
        waiter.setDaemon(true);
        waiter.start();
        launch.job().exceptionally(e -> {
            nodes.completeExceptionally(new IllegalStateException("the launching tasks failed: " + e.getMessage(), e));
            return null;
        });
        try {
            nodes.join();
        } catch (CompletionException e) {
            throwIfFailed(
                    e.getCause() instanceof RuntimeException cause
                                    && cause.getClass().getName().contains("Timeout")
                            ? Duration.ZERO
                            : Duration.ofSeconds(2));
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
        log.info("cluster {} stands: {}", plan.clusterId(), server.clusterSpec().jobs());
    }

    /**
     * First failure of a node: the others are told to stop, our jobs are cancelled, the user's are not. Called on the thread of the
     * server's events, which must go on to hear of the consequences, so that the waiting is left to another one.
     */
    private void fail(NodeFailure failure) {
        if (state.compareAndSet(State.RUNNING, State.FAILED)) {
            log.warn("cluster {} ends: {}", plan.clusterId(), failure.describe());
            feedJobs.cancel();
            server.stop(failure.node() + " failed");
            Thread end = new Thread(() -> abandon(failure.node() + " failed"), "tfcluster-fail-" + plan.clusterId());
            end.setDaemon(true);
            end.start();
        }
    }

    private void throwIfFailed(Duration limit) {
        Optional<NodeExitException> failure = events.failure(limit);
        if (failure.isPresent()) {
            throw failure.get();
        }
    }

    private void requireRunning(String doing) {
        throwIfFailed(Duration.ZERO);
        if (state.get() != State.RUNNING) {
            throw new IllegalStateException("cannot " + doing + ": the cluster has been shut down");
        }
    }

    private FeedSchema schema(String feed) {
        if (config.inputMode() != InputMode.SPARK) {
            throw new IllegalStateException(
                    "the cluster reads its own data (inputMode TENSORFLOW); feeding needs inputMode(SPARK)");
        }
        FeedSchema schema = config.feeds().get(feed);
        if (schema == null) {
            throw new IllegalArgumentException("the cluster has no feed \"" + feed + "\", only "
                    + new TreeSet<>(config.feeds().keySet()) + "; declare it with ClusterConfig.builder(…).feed(\""
                    + feed + "\", schema)");
        }
        return schema;
    }

    /** Returns the encoder that reads rows by the columns of a feed. */
    RowEncoder<Row> rowEncoder(String feed) {
        return new SparkRowEncoder(schema(feed));
    }

    /** Checks a DataFrame against a feed. */
    void check(String feed, org.apache.spark.sql.types.StructType data) {
        FeedContract.check(feed, schema(feed), data);
    }

    private FeedOrder order(String feed, long epoch) {
        List<FeedTarget> targets = new ArrayList<>();
        server.nodes().forEach((ordinal, node) -> {
            if (node.task().role().trains()) {
                targets.add(FeedTarget.of(config.template().name(ordinal), node.endpoints()));
            }
        });
        return new FeedOrder(
                feed,
                epoch,
                schema(feed),
                targets,
                plan.secret(),
                FeedOptions.DEFAULTS.withFeedTimeout(config.feedTimeout()));
    }

    /** Feeds an RDD to the training nodes, some times over, and ends the feed. */
    <T> List<EpochReport> train(String feed, JavaRDD<T> rows, RowEncoder<? super T> encoder, int times) {
        requireRunning("train");
        schema(feed);
        if (times < 0) {
            throw new IllegalArgumentException("epochs must be 0 (until terminated) or more, got " + times);
        }
        if (!endedFeeds.add(feed)) {
            throw new IllegalStateException(
                    "the feed \"" + feed + "\" has ended; a cluster is trained once, start another one to train again");
        }
        List<EpochReport> reports = new ArrayList<>();
        boolean terminated = false;
        for (long epoch = 0; !terminated && (times == 0 || epoch < times); epoch++) {
            EpochReport report = feedOnce(order(feed, epoch), rows, encoder);
            terminated = report.rowsTaken() < report.inputRows() || terminatedEarly;
            if (times == 0 && report.inputRows() == 0 && !terminated) {
                throw new IllegalArgumentException(
                        "the input has no rows, so that feeding it until terminated would never end");
            }
            reports.add(report);
            server.broadcast(Notices.EPOCH_ENDED, Map.of("feed", feed, "epoch", Long.toString(epoch)));
            events.announce(listener -> listener.epochEnded(report));
        }
        server.broadcast(Notices.FEED_ENDED, Map.of("feed", feed));
        synchronized (epochs) {
            epochs.addAll(reports);
        }
        return List.copyOf(reports);
    }

    private <T> EpochReport feedOnce(FeedOrder order, JavaRDD<T> rows, RowEncoder<? super T> encoder) {
        long start = System.nanoTime();
        List<FeedTask.Fed> fed;
        try {
            fed = feedJobs.run(
                    "tfcluster " + plan.clusterId() + ": " + order.feed() + ", epoch " + order.epoch(),
                    () -> rows.mapPartitionsWithIndex(new FeedTask<T>(order, encoder), true)
                            .collect());
        } catch (Exception e) { // Spark throws its own, which Java takes for checked
            throwIfFailed(FIRST_CAUSE_LIMIT);
            Throwable cause = Stream.iterate((Throwable) e, Objects::nonNull, Throwable::getCause)
                    .reduce((outer, inner) -> inner)
                    .orElse(e);
            throw new IllegalStateException(
                    "feeding epoch " + order.epoch() + " of feed " + order.feed() + " failed: " + cause.getMessage(),
                    e);
        }
        long input = 0;
        SortedMap<String, Long> byNode = new TreeMap<>();
        order.nodes().forEach(node -> byNode.put(node.name(), 0L));
        for (FeedTask.Fed partition : fed) {
            input += partition.inputRows();
            partition.result().rows().forEach((node, count) -> byNode.merge(node, count, Long::sum));
            terminatedEarly |= partition.result().terminated();
            partition.result().events().forEach(event -> log.warn("{}", event));
        }
        throwIfFailed(Duration.ZERO);
        return new EpochReport(order.feed(), order.epoch(), input, byNode, Duration.ofNanos(System.nanoTime() - start));
    }

    /** Returns the RDD of rows with their results; computing it sends the rows through the nodes. */
    <T> JavaPairRDD<T, Row> infer(String feed, JavaRDD<T> rows, RowEncoder<? super T> encoder) {
        requireRunning("infer");
        FeedOrder order = order(feed, 0);
        return rows.mapPartitionsWithIndex(new InferenceTask<T>(order, encoder), true)
                .mapToPair(pair -> pair);
    }

    /** Returns what a node announced under a name, of the first node that did. */
    Optional<String> endpoint(String name) {
        return server.nodes().values().stream()
                .flatMap(node -> Optional.ofNullable(node.endpoints().get(name)).stream())
                .findFirst();
    }

    /** Returns the results that nodes have left, by ordinal; complete after the shutdown. */
    SortedMap<Integer, Map<String, String>> results() {
        return server.farewells();
    }

    /** Ends the feeds, waits for the nodes' farewells, and ends what is left. */
    TrainingReport shutdown(boolean graceful, Duration limit) {
        if (state.get() == State.STOPPED) {
            throwIfFailed(Duration.ZERO);
            return report();
        }
        try {
            if (graceful && state.get() == State.RUNNING) {
                awaitTrainers(limit);
            }
            throwIfFailed(Duration.ZERO);
        } catch (RuntimeException e) {
            abandon("shutdown after a failure");
            throw e;
        }
        events.ending();
        server.stop("shutdown");
        if (!server.awaitFarewells(allOrdinals(), STOP_LIMIT) && graceful) {
            log.warn("not all nodes of cluster {} said farewell within {}; ending them", plan.clusterId(), STOP_LIMIT);
        }
        launch.awaitEnd(STOP_LIMIT);
        TrainingReport report = report();
        release();
        events.announce(listener -> listener.finished(report));
        return report;
    }

    private void awaitTrainers(Duration limit) {
        for (String feed : config.feeds().keySet()) {
            server.broadcast(Notices.FEED_ENDED, Map.of("feed", feed));
        }
        Set<Integer> trainers = allOrdinals();
        trainers.removeIf(
                ordinal -> !config.template().slots().get(ordinal).role().trains());
        if (!server.awaitFarewells(trainers, limit)) {
            throwIfFailed(FIRST_CAUSE_LIMIT);
            trainers.removeAll(server.farewells().keySet());
            throw new IllegalStateException(
                    trainers.stream().map(config.template()::name).toList() + " did not end within " + limit
                            + " after the end of their feeds; their last progress: " + server.progress());
        }
    }

    private Set<Integer> allOrdinals() {
        Set<Integer> all = new HashSet<>();
        for (int ordinal = 0; ordinal < config.nodes(); ordinal++) {
            all.add(ordinal);
        }
        return all;
    }

    private TrainingReport report() {
        List<TrainingReport.Node> nodes = new ArrayList<>();
        server.nodes()
                .forEach((ordinal, node) -> nodes.add(new TrainingReport.Node(
                        config.template().name(ordinal),
                        node.task().host(),
                        server.farewells().getOrDefault(ordinal, Map.of()),
                        Optional.ofNullable(server.progress().get(ordinal)))));
        List<EpochReport> fed;
        synchronized (epochs) {
            fed = List.copyOf(epochs);
        }
        return new TrainingReport(plan.clusterId(), Duration.ofNanos(System.nanoTime() - started), fed, nodes);
    }

    /** Ends everything at once; nodes that do not follow are killed by their executors. */
    private void abandon(String reason) {
        server.stop(reason);
        server.awaitFarewells(allOrdinals(), ABANDON_LIMIT);
        release();
    }

    /** Stops the cluster at once, unless it has been shut down already. */
    void close() {
        if (state.get() != State.STOPPED) {
            abandon("closed by the driver program");
        }
    }

    private synchronized void release() {
        events.ending();
        state.set(State.STOPPED);
        try {
            launch.close();
        } finally {
            server.close();
        }
    }
}
