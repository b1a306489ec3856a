package io.tfcluster;

import io.tfcluster.reservation.ClusterTemplate;
import io.tfcluster.reservation.NodeFailure;
import io.tfcluster.reservation.NodeInfo;
import io.tfcluster.reservation.ReservationServer;
import io.tfcluster.reservation.ReservationTimeoutException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The nodes of a cluster from one start to their end, with the server that they register with and the jobs that launch and feed them. When a
 * node fails they all end, and another generation may take their place: see {@link Generations}.
 */
final class Generation {
    private static final Logger log = LoggerFactory.getLogger(Generation.class);
    private static final Duration FAILURE_LIMIT = Duration.ofSeconds(2);
    private static final Duration ABANDON_LIMIT = Duration.ofSeconds(3);
    /** A launcher kills what does not follow after 8 s, and 2 s more. */
    private static final Duration DISCONNECT_LIMIT = Duration.ofSeconds(12);

    private final ClusterConfig config;
    private final LaunchPlan plan;
    private final ReservationServer server;
    private final ClusterEvents events;
    private final Launch launch;
    private final SparkJobs feedJobs;
    private final FeedParts parts;
    private final Predicate<String> isFed;
    private boolean released;

    private Generation(
            ClusterConfig config,
            LaunchPlan plan,
            ReservationServer server,
            ClusterEvents events,
            Launch launch,
            SparkJobs feedJobs,
            FeedParts parts,
            Predicate<String> isFed) {
        this.config = config;
        this.plan = plan;
        this.server = server;
        this.events = events;
        this.launch = launch;
        this.feedJobs = feedJobs;
        this.parts = parts;
        this.isFed = isFed;
    }

    /**
     * Opens the server; {@link #launch} starts the nodes.
     *
     * @param checkpoints that the nodes go on from
     * @param onFirstFailure hears of the first failure, on a thread that must not wait
     */
    static Generation open(
            Blueprint blueprint,
            int number,
            ClusterTemplate template,
            ClusterFeeder feeder,
            CheckpointFolders.Newest checkpoints,
            BiConsumer<Generation, NodeFailure> onFirstFailure) {
        ClusterConfig config = blueprint.config();
        AtomicReference<@Nullable Generation> self = new AtomicReference<>();
        AtomicReference<@Nullable Launch> launching = new AtomicReference<>();
        NodeStates states = new NodeStates(template, config.heartbeatInterval());
        ClusterEvents events = new ClusterEvents(template, states, config.listeners(), failure -> {
            Generation generation = self.get();
            if (generation != null) {
                onFirstFailure.accept(generation, failure);
            }
        });
        ReservationServer.Builder reservation = ReservationServer.builder(template, blueprint.secret(number))
                .clusterId(blueprint.id())
                .generation(number)
                .host(blueprint.serverHost())
                .ports(blueprint.serverPorts())
                .heartbeatLimit(config.heartbeatLimit())
                .missingTasks(ordinal -> {
                    Launch known = launching.get();
                    return known == null ? "not started" : known.taskOf(ordinal);
                })
                .listener(events);
        TlsSettings tls = blueprint.tls();
        if (tls != null) {
            reservation.tls(tls.server());
        }
        ReservationServer server = reservation.start();
        LaunchPlan plan = blueprint.plan(number, template, server.address(), checkpoints.steps());
        Launch launch =
                new Launch(blueprint.sc(), plan, blueprint.group("launch", number), config.parameterServersOnDriver());
        launching.set(launch);
        SparkJobs jobs = blueprint.jobs("feed", number);
        FeedParts parts = feeder.parts(plan, server, events, jobs, checkpoints);
        Generation generation = new Generation(config, plan, server, events, launch, jobs, parts, feeder::isFed);
        self.set(generation);
        events.executors().listen(blueprint.sc());
        return generation;
    }

    /** Starts the nodes; {@link #awaitNodes} waits for them. */
    void launch() {
        launch.start();
    }

    int number() {
        return plan.generation();
    }

    LaunchPlan plan() {
        return plan;
    }

    ReservationServer server() {
        return server;
    }

    ClusterEvents events() {
        return events;
    }

    Launch launching() {
        return launch;
    }

    FeedParts parts() {
        return parts;
    }

    /**
     * Waits for the nodes, and for the launching job's failure, whichever comes first.
     *
     * @throws ReservationTimeoutException if not all came
     * @throws NodeExitException if one failed
     */
    void awaitNodes(Duration limit) {
        CompletableFuture<List<NodeInfo>> nodes = new CompletableFuture<>();
        Thread waiter = new Thread(
                () -> {
                    try {
                        nodes.complete(server.awaitNodes(limit));
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
        events.inspect(plan.clusterId(), config, isFed, ordinal -> server.send(ordinal, Notices.THREADS, Map.of()));
    }

    /** Returns what a node announced under a name, of the first node that did. */
    Optional<String> endpoint(String name) {
        return server.nodes().values().stream()
                .flatMap(node -> Optional.ofNullable(node.endpoints().get(name)).stream())
                .findFirst();
    }

    Set<Integer> allOrdinals() {
        Set<Integer> all = new HashSet<>();
        for (int ordinal = 0; ordinal < plan.template().size(); ordinal++) {
            all.add(ordinal);
        }
        return all;
    }

    Set<Integer> trainers() {
        Set<Integer> trainers = allOrdinals();
        trainers.removeIf(
                ordinal -> !plan.template().slots().get(ordinal).role().trains());
        return trainers;
    }

    /** Returns whether a node has failed. */
    boolean hasFailed() {
        return events.hasFailed();
    }

    /** Returns the exception that names the first cause, if a node has failed or does so within the limit. */
    Optional<NodeExitException> failure(Duration limit) {
        return events.failure(limit);
    }

    void throwIfFailed() {
        events.throwIfFailed(Duration.ZERO);
    }

    /** Tells the nodes to stop and cancels what feeds them; does not wait. */
    void cease(String reason) {
        feedJobs.cancel();
        server.stop(reason);
    }

    /** Ends the nodes and waits, 15 s at most, until none is left that can be reached. */
    synchronized void end(String reason) {
        events.ending();
        cease(reason);
        server.awaitFarewells(allOrdinals(), ABANDON_LIMIT);
        launch.close();
        if (!server.awaitDisconnected(DISCONNECT_LIMIT)) {
            log.warn(
                    "processes of generation {} of cluster {} may be left where they cannot be reached; they are locked out",
                    number(),
                    plan.clusterId());
        }
        events.close();
        released = true;
        server.close();
    }

    /** Ends the nodes at once; those that do not follow are killed by their executors. */
    synchronized void abandon(String reason) {
        if (released) {
            return;
        }
        server.stop(reason);
        server.awaitFarewells(allOrdinals(), ABANDON_LIMIT);
        release();
    }

    /** Lets go of what is left. */
    synchronized void release() {
        if (released) {
            return;
        }
        released = true;
        events.ending();
        events.close();
        try {
            feedJobs.cancel();
            launch.close();
        } finally {
            server.close();
        }
    }
}
