package io.tfcluster;

import io.tfcluster.DoctorOrder.Target;
import io.tfcluster.reservation.ClusterTemplate;
import io.tfcluster.reservation.ReservationServer;
import io.tfcluster.transport.ClusterSecret;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks whether a cluster would run before one is started: on the driver, with one Spark task on each executor, in one process like a
 * node's on each host, and, if there is a model, in a cluster of one node.
 *
 * <p>Decisions. What can crash is done in a child process, what can hang on a thread that is given up, so that one broken host is a row of
 * the table. The driver's server is a real reservation server and the executors shake hands with it as nodes do. All-pairs connections
 * between executors are not tried: they cost tasks that run at the same time, and the ring names the peer that cannot be reached.
 */
final class Doctor {
    private static final Logger log = LoggerFactory.getLogger(Doctor.class);
    private static final String DRIVER = "driver";
    private static final String SLOTS = "slots";

    private final SparkContext sc;
    private final SparkSession spark;
    private final ClusterConfig config;
    private final CheckOptions options;
    private final Clock clock;
    private final String id =
            HexFormat.of().toHexDigits(new SecureRandom().nextLong()).substring(0, 8);
    private final List<Finding> findings = new ArrayList<>();

    /** Makes a doctor; {@code clock} is the driver's. */
    Doctor(SparkSession spark, ClusterConfig config, CheckOptions options, Clock clock) {
        this.spark = spark;
        this.sc = spark.sparkContext();
        this.config = config;
        this.options = options;
        this.clock = clock;
    }

    /** Looks at everything; the model only if nothing else would fail. */
    Diagnosis examine() {
        if (options.model().isPresent() && !config.feeds().containsKey(DoctorModel.FEED)) {
            throw new IllegalArgumentException("a model is tried on rows of the feed " + DoctorModel.FEED
                    + ", which the configuration has not; add feed(\"" + DoctorModel.FEED + "\", schema)");
        }
        settings();
        findings.add(DoctorHost.java(DRIVER));
        findings.addAll(DoctorProbe.here(DRIVER, options.everywhere()));
        SparkJobs jobs = new SparkJobs(sc, "tfcluster-doctor-" + id);
        DoctorJob job = new DoctorJob(jobs, clock);
        Duration arrival = options.timeout().dividedBy(2);
        List<Finding> none = job.warmUp(onExecutors(), arrival);
        findings.addAll(none);
        List<Target> targets = none.isEmpty() ? DoctorExecutors.await(sc, arrival) : List.of();
        if (!targets.isEmpty()) {
            executors(job, targets);
        }
        model();
        return new Diagnosis(findings);
    }

    /** What can be told without any executor. */
    private void settings() {
        try {
            Slots.check(sc, onExecutors());
            findings.add(
                    Finding.ok(DRIVER, SLOTS, onExecutors() + " nodes need as many slots; the settings allow them"));
        } catch (IllegalArgumentException e) {
            findings.add(Finding.wouldFail(
                    DRIVER,
                    SLOTS,
                    String.valueOf(e.getMessage()).replaceFirst("; lower .*", ""),
                    "lower the number of nodes, or give the application more executors or cores"));
        }
        try {
            TlsSettings.of(sc.conf()).ifPresent(tls -> {
                tls.server();
                tls.client();
                findings.add(Finding.ok(DRIVER, "TLS", "key store and trust store can be used"));
            });
        } catch (IllegalArgumentException e) {
            findings.add(Finding.wouldFail(DRIVER, "TLS", DoctorGuard.text(e), "correct spark.ssl.tfcluster.*"));
        }
    }

    private int onExecutors() {
        return config.nodes() - (config.parameterServersOnDriver() ? config.ps() : 0);
    }

    private void executors(DoctorJob job, List<Target> targets) {
        slotsNow();
        int perExecutor = (onExecutors() + targets.size() - 1) / targets.size();
        findings.addAll(
                DoctorMemory.container(sc.master(), sc.conf(), perExecutor, config.nodeMemory(), options.modelBytes()));
        log.info("looking at {} executors", targets.size());
        try (DoctorPaths paths = new DoctorPaths(sc.hadoopConfiguration(), id, DoctorPaths.of(config, options))) {
            findings.addAll(paths.leave());
            ClusterSecret secret = ClusterSecret.random();
            ReservationServer server = server(secret, targets.size());
            try {
                job.examine(order(secret, server, targets), targets, options.timeout());
            } finally {
                if (server != null) {
                    server.close();
                }
            }
            findings.addAll(job.findings());
            findings.addAll(paths.look(job.answers()));
        }
    }

    private void slotsNow() {
        int now = sc.maxNumConcurrentTasks(sc.resourceProfileManager().defaultResourceProfile());
        if (now < onExecutors() && Slots.most(sc.master(), sc.conf()).orElse(Integer.MAX_VALUE) >= onExecutors()) {
            findings.add(Finding.warning(
                    DRIVER,
                    SLOTS,
                    onExecutors() + " nodes need as many slots, and the application has " + now + " now",
                    "see that it gets more executors before reservationTimeout, " + config.reservationTimeout()));
        }
    }

    /** Starts the server of control connections as a cluster does; null if that fails, which is a finding. */
    private @Nullable ReservationServer server(ClusterSecret secret, int probes) {
        try {
            ReservationServer.Builder builder = ReservationServer.builder(
                            ClusterTemplate.of(probes, 0, false, Optional.empty()), secret)
                    .clusterId(id)
                    .host(Blueprint.serverHost(sc, config))
                    .ports(Blueprint.serverPorts(config));
            TlsSettings.of(sc.conf()).ifPresent(tls -> builder.tls(tls.server()));
            ReservationServer server = builder.start();
            findings.add(Finding.ok(
                    DRIVER,
                    "driver's server",
                    "gets a port on " + Blueprint.serverHost(sc, config)
                            + DoctorPorts.text(Blueprint.serverPorts(config))));
            return server;
        } catch (RuntimeException e) {
            findings.add(Finding.wouldFail(
                    DRIVER,
                    "driver's server",
                    DoctorGuard.text(e),
                    "set serverHost to an address of this host and serverPorts to ports that are free"));
            return null;
        }
    }

    private DoctorOrder order(ClusterSecret secret, @Nullable ReservationServer server, List<Target> targets) {
        int hosts = (int) targets.stream().map(Target::host).distinct().count();
        int intraOp = config.intraOpThreads() > 0 ? config.intraOpThreads() : Slots.taskCpus(sc.conf());
        return new DoctorOrder(
                id,
                Blueprint.serverHost(sc, config),
                server == null ? 0 : server.address().getPort(),
                secret,
                server == null ? null : TlsSettings.of(sc.conf()).orElse(null),
                config.nodePorts(),
                new NodeSettings(
                        config.nodeMemory(),
                        intraOp,
                        config.interOpThreads(),
                        config.jvmOptions(),
                        config.environment()),
                (onExecutors() + hosts - 1) / hosts,
                options.modelBytes(),
                DoctorPaths.of(config, options),
                FileSystem.getDefaultUri(sc.hadoopConfiguration()).toString(),
                options.everywhere(),
                options.timeout().dividedBy(2));
    }

    private void model() {
        if (options.model().isEmpty()) {
            return;
        }
        if (new Diagnosis(findings).wouldFail()) {
            findings.add(Finding.warning(
                    DRIVER,
                    "model",
                    "has not been tried, since its node would fail",
                    "repair the rest, then check again"));
            return;
        }
        findings.add(DoctorModel.check(spark, config, options.model().get(), options.timeout()));
    }
}
