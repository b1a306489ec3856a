package io.tfcluster.killmatrix;

import io.tfcluster.ClusterConfig;
import io.tfcluster.FeedInput;
import io.tfcluster.Ledger;
import io.tfcluster.TFCluster;
import io.tfcluster.TrainingReport;
import io.tfcluster.transport.PortRange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;

/** One training from its start to its end, as a user would write it. */
record ClusterRun(Plan plan, int restarts, Watch watch) {
    /** The reservation servers', so that {@link OwnSockets} knows a control connection when it sees one. */
    static final PortRange SERVER_PORTS = new PortRange(28_400, 28_499);

    /** After twice as much silence a node is lost. */
    static final Duration HEARTBEAT_LIMIT = Duration.ofSeconds(5);

    static final Duration FEED_LIMIT = Duration.ofSeconds(20);
    static final Duration REGISTER_LIMIT = Duration.ofMinutes(2);
    static final Duration SHUTDOWN_LIMIT = Duration.ofMinutes(3);

    static final Duration REGISTER_LIMIT_IF_FROZEN = Duration.ofSeconds(20);
    private static final Duration BACKOFF = Duration.ofMillis(200);
    private static final long BUFFER = 1 << 20;

    private boolean frozenWhileRegistering() {
        return plan.phase() == Phase.REGISTERING && plan.how().isSilent();
    }

    private ClusterConfig config() {
        boolean ps = plan.who() == Who.PS;
        boolean evaluator = plan.who() == Who.EVALUATOR;
        List<String> options = new ArrayList<>(OwnSockets.OPENS);
        options.add("-XX:+UseSerialGC");
        options.add("-Dlog4j2.configurationFile=killmatrix-log4j2.properties");
        if (plan.phase() == Phase.REGISTERING) {
            try {
                options.add(RegisteringAgent.option(plan));
            } catch (IOException e) {
                throw new UncheckedIOException("cannot write the agent's jar", e);
            }
        }
        return ClusterConfig.builder(ps || evaluator ? 3 : 2)
                .chiefName("chief")
                .ps(ps ? 1 : 0)
                .evaluator(evaluator)
                .feed("train", NumberedRows.schema(plan))
                .feedBufferBytes(BUFFER)
                .nodeMemory("256m")
                .threads(1, 1)
                .heartbeat(Duration.ofMillis(250), HEARTBEAT_LIMIT)
                .reservationTimeout(frozenWhileRegistering() ? REGISTER_LIMIT_IF_FROZEN : REGISTER_LIMIT)
                .feedTimeout(FEED_LIMIT)
                .serverPorts(SERVER_PORTS)
                .jvmOptions(options.toArray(String[]::new))
                .environment(Plan.DRIVER, Long.toString(ProcessHandle.current().pid()))
                .maxRestarts(restarts)
                .restartBackoff(BACKOFF, BACKOFF.multipliedBy(5))
                .listener(watch)
                .build();
    }

    /**
     * Runs it, and returns what is wrong with its ledger, if anything.
     *
     * @param rows what to feed
     * @param started is given the cluster, to end it from elsewhere
     */
    Optional<String> run(SparkSession spark, FeedInput rows, java.util.function.Consumer<TFCluster> started) {
        try (TFCluster cluster = TFCluster.run(spark, Victim::main, plan, config())) {
            started.accept(cluster);
            cluster.train(rows, 1);
            TrainingReport report = cluster.shutdown(true, SHUTDOWN_LIMIT);
            return wrong(cluster.ledger(), report);
        }
    }

    private static Optional<String> wrong(Ledger ledger, TrainingReport report) {
        Ledger.Epoch epoch = ledger.epoch("train", 0).orElse(null);
        if (epoch == null) {
            return Optional.of("no epoch in the ledger");
        }
        boolean exact = epoch.state() == Ledger.State.DONE
                && epoch.inputRows() == Plan.ROWS
                && epoch.resumedRows() + epoch.rowsTaken() == Plan.ROWS
                && epoch.repeatedRows() == 0;
        if (!exact) {
            return Optional.of("ledger: " + epoch);
        }
        for (TrainingReport.Node node : report.nodes()) {
            String seen = node.result().get(Victim.SEEN);
            if (seen != null && !seen.equals(Integer.toString(Plan.ROWS))) {
                return Optional.of(node.name() + " learned " + seen + " of " + Plan.ROWS + " rows");
            }
        }
        return Optional.empty();
    }
}
