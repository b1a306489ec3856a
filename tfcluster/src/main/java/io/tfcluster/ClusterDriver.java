package io.tfcluster;

import io.tfcluster.reservation.ReservationServer;
import io.tfcluster.transport.ClusterSecret;
import java.io.Serializable;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A cluster from the driver's side: what {@link TFCluster} does, with the parts that users need not see. Its nodes are those of a {@link
 * Generation}; {@link Generations} puts another one in its place when it fails.
 *
 * <p>Threads: the caller's, one that runs the launching job, and the reservation server's own.
 */
final class ClusterDriver {
    private static final Logger log = LoggerFactory.getLogger(ClusterDriver.class);
    private static final Duration FIRST_CAUSE_LIMIT = Duration.ofSeconds(5);
    private static final Duration FAILURE_LIMIT = Duration.ofSeconds(2);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(10);

    private final Blueprint blueprint;
    private final Generations generations;
    private final ClusterFeeder feeder;
    private final long started = System.nanoTime();

    private ClusterDriver(Blueprint blueprint) {
        this.blueprint = blueprint;
        this.generations = new Generations(blueprint);
        this.feeder = generations.feeder();
    }

    /** Starts a cluster and returns when all its nodes know each other. */
    static <A extends Serializable> ClusterDriver start(
            SparkSession spark, TFMain<A> main, A args, ClusterConfig config, boolean independent) {
        SparkContext sc = spark.sparkContext();
        Slots.check(sc, config.nodes() - (config.parameterServersOnDriver() ? config.ps() : 0));
        UserMain userMain = UserMain.of(main, args);
        String id = HexFormat.of().toHexDigits(new SecureRandom().nextLong()).substring(0, 8);
        ClusterDriver driver = new ClusterDriver(new Blueprint(
                sc,
                config,
                id,
                ClusterSecret.random(),
                TlsSettings.of(sc.conf()).orElse(null),
                independent,
                userMain));
        driver.generations.start();
        return driver;
    }

    /** Returns what feeds this cluster, for something that needs it to run. */
    ClusterFeeder feeder(String doing) {
        generations.throwIfFailed();
        if (generations.isStopped()) {
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
        return generations.latest().flatMap(now -> now.endpoint(name));
    }

    /** Returns the results that nodes have left, by ordinal; complete after the shutdown. */
    SortedMap<Integer, Map<String, String>> results() {
        return last().server().farewells();
    }

    private Generation last() {
        return generations.latest().orElseThrow();
    }

    /** Ends the feeds, waits for the nodes' farewells, and ends what is left. */
    TrainingReport shutdown(boolean graceful, Duration limit) {
        if (generations.isStopped()) {
            generations.throwIfFailed();
            return report();
        }
        Generation ended;
        try {
            if (graceful) {
                ended = awaitTrainers(limit);
            } else {
                generations.throwIfFailed();
                ended = generations.running();
            }
        } catch (RuntimeException e) {
            generations.abandon("shutdown after a failure");
            throw e;
        }
        if (!graceful) {
            ended.events().ending();
        }
        ended.server().stop("shutdown");
        if (!ended.server().awaitFarewells(ended.allOrdinals(), STOP_LIMIT) && graceful) {
            Optional<NodeExitException> failure =
                    ended.failure(FAILURE_LIMIT); // an evaluator's last export, for example
            if (failure.isPresent()) {
                generations.abandon("shutdown after a failure");
                throw generations.explained(failure.get());
            }
            log.warn("not all nodes of cluster {} said farewell within {}; ending them", blueprint.id(), STOP_LIMIT);
        }
        ended.events().ending();
        ended.launching().awaitEnd(STOP_LIMIT);
        TrainingReport report = report();
        generations.stopped();
        ended.events().announce(listener -> listener.finished(report));
        return report;
    }

    /** Ends the feeds and waits until all that train have said farewell, in whichever generation that is. */
    private Generation awaitTrainers(Duration limit) {
        long start = System.nanoTime();
        while (true) {
            feeder.endFeeds();
            Generation now = generations.running();
            Duration left = limit.minusNanos(System.nanoTime() - start);
            if (awaitFarewells(now, left.isNegative() ? Duration.ZERO : left) && generations.ending(now)) {
                return now;
            }
            Optional<NodeExitException> failure = now.failure(FIRST_CAUSE_LIMIT);
            if (!generations.restarts(now)) {
                generations.throwIfFailed();
                failure.ifPresent(e -> {
                    throw generations.explained(e);
                });
                throw late(now, limit);
            }
        }
    }

    private static boolean awaitFarewells(Generation now, Duration limit) {
        try {
            return now.server().awaitFarewells(now.trainers(), limit);
        } catch (IllegalStateException e) {
            if (now.hasFailed()) {
                return false; // its server was closed because of that
            }
            throw e;
        }
    }

    private static IllegalStateException late(Generation now, Duration limit) {
        Set<Integer> trainers = now.trainers();
        trainers.removeAll(now.server().farewells().keySet());
        return new IllegalStateException(
                trainers.stream().map(now.plan().template()::name).toList() + " did not end within " + limit
                        + " after the end of their feeds; their last progress: "
                        + now.server().progress());
    }

    private TrainingReport report() {
        Generation now = last();
        ReservationServer server = now.server();
        List<TrainingReport.Node> nodes = new ArrayList<>();
        server.nodes()
                .forEach((ordinal, node) -> nodes.add(new TrainingReport.Node(
                        now.plan().template().name(ordinal),
                        node.task().host(),
                        server.farewells().getOrDefault(ordinal, Map.of()),
                        Optional.ofNullable(server.progress().get(ordinal)))));
        return new TrainingReport(
                blueprint.id(),
                Duration.ofNanos(System.nanoTime() - started),
                feeder.epochs(),
                generations.restarts(),
                nodes);
    }

    /** Stops the cluster at once, unless it has been shut down already. */
    void close() {
        if (!generations.isStopped()) {
            generations.abandon("closed by the driver program");
        }
    }
}
