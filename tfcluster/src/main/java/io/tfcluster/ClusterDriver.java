package io.tfcluster;

import io.tfcluster.reservation.NodeFailure;
import io.tfcluster.reservation.NodeInfo;
import io.tfcluster.reservation.ReservationServer;
import io.tfcluster.reservation.ReservationTimeoutException;
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
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
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
    private static final Duration FAILURE_LIMIT = Duration.ofSeconds(2);
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
    private final ClusterFeeder feeder;
    private final long started = System.nanoTime();
    private final AtomicReference<State> state = new AtomicReference<>(State.RUNNING);

    private ClusterDriver(
            ClusterConfig config,
            LaunchPlan plan,
            ReservationServer server,
            ClusterEvents events,
            Launch launch,
            ClusterFeeder feeder) {
        this.config = config;
        this.plan = plan;
        this.server = server;
        this.events = events;
        this.launch = launch;
        this.feeder = feeder;
    }

    /** Starts a cluster and returns when all its nodes know each other. */
    static <A extends Serializable> ClusterDriver start(
            SparkSession spark, TFMain<A> main, A args, ClusterConfig config, boolean independent) {
        SparkContext sc = spark.sparkContext();
        Slots.check(sc, config.nodes() - (config.parameterServersOnDriver() ? config.ps() : 0));
        UserMain userMain = UserMain.of(main, args);
        String id = HexFormat.of().toHexDigits(new SecureRandom().nextLong()).substring(0, 8);
        ClusterSecret secret = ClusterSecret.random();
        AtomicReference<ClusterDriver> self = new AtomicReference<>();
        AtomicReference<Launch> launching = new AtomicReference<>();
        ClusterEvents events = new ClusterEvents(config.template(), config.listeners(), failure -> {
            ClusterDriver driver = self.get();
            if (driver != null) {
                driver.fail(failure);
            }
        });
        Optional<TlsSettings> tls = TlsSettings.of(sc.conf());
        ReservationServer.Builder reservation = ReservationServer.builder(config.template(), secret)
                .clusterId(id)
                .host(serverHost(sc, config))
                .ports(serverPorts(config))
                .heartbeatLimit(config.heartbeatLimit())
                .missingTasks(ordinal -> {
                    Launch known = launching.get();
                    return known == null ? "not started" : known.taskOf(ordinal);
                })
                .listener(events);
        tls.ifPresent(settings -> reservation.tls(settings.server()));
        ReservationServer server = reservation.start();
        LaunchPlan plan = plan(sc, config, id, secret, tls.orElse(null), server, independent, userMain);
        Launch launch = new Launch(sc, plan, config.parameterServersOnDriver());
        launching.set(launch);
        ClusterFeeder feeder =
                new ClusterFeeder(config, plan, server, events, new SparkJobs(sc, "tfcluster-" + id + "-feed"));
        ClusterDriver driver = new ClusterDriver(config, plan, server, events, launch, feeder);
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
            @Nullable TlsSettings tls,
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
                tls,
                config.template(),
                config.inputMode(),
                independent,
                config.feeds(),
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
            if (!(e.getCause() instanceof ReservationTimeoutException)) {
                events.throwIfFailed(FAILURE_LIMIT);
            }
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
        log.info("cluster {} stands: {}", plan.clusterId(), server.clusterSpec().jobs());
        endpoint(TensorBoardProcess.ENDPOINT).ifPresent(url -> log.info("TensorBoard is at {}", url));
        endpoint(TensorBoardProcess.ABSENT).ifPresent(log::warn);
    }

    /**
     * First failure of a node: the others are told to stop, our jobs are cancelled, the user's are not. Called on the thread of the
     * server's events, which must go on to hear of the consequences, so that the waiting is left to another one.
     */
    private void fail(NodeFailure failure) {
        if (state.compareAndSet(State.RUNNING, State.FAILED)) {
            log.warn("cluster {} ends: {}", plan.clusterId(), failure.describe());
            feeder.cancel();
            server.stop(failure.node() + " failed");
            Thread end = new Thread(() -> abandon(failure.node() + " failed"), "tfcluster-fail-" + plan.clusterId());
            end.setDaemon(true);
            end.start();
        }
    }

    /** Returns what feeds this cluster, for something that needs it to run. */
    ClusterFeeder feeder(String doing) {
        events.throwIfFailed(Duration.ZERO);
        if (state.get() != State.RUNNING) {
            throw new IllegalStateException("cannot " + doing + ": the cluster has been shut down");
        }
        return feeder;
    }

    /** Returns what was fed so far, also after the end. */
    Ledger ledger() {
        return feeder.ledger();
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
            events.throwIfFailed(Duration.ZERO);
            return report();
        }
        try {
            if (graceful && state.get() == State.RUNNING) {
                awaitTrainers(limit);
            }
            events.throwIfFailed(Duration.ZERO);
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
        feeder.endFeeds();
        Set<Integer> trainers = allOrdinals();
        trainers.removeIf(
                ordinal -> !config.template().slots().get(ordinal).role().trains());
        if (!server.awaitFarewells(trainers, limit)) {
            events.throwIfFailed(FIRST_CAUSE_LIMIT);
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
        return new TrainingReport(
                plan.clusterId(), Duration.ofNanos(System.nanoTime() - started), feeder.epochs(), nodes);
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
        feeder.close();
        try {
            launch.close();
        } finally {
            server.close();
        }
    }
}
