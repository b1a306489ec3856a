package io.tfcluster.tests.harness;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.Utils$;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A SparkSession of this JVM, with executor JVMs of its own when the master is {@code local-cluster[...]}.
 *
 * <p>One at a time: Spark allows one SparkContext per JVM. {@link #close()} ends session and executors and deletes their files; it
 * takes a second, and 20 s at most. A {@linkplain #shared shared} one stays for the next test class that wants the same.
 *
 * <pre>{@code
 * try (LocalSpark spark = LocalSpark.cluster(2, 1)) {
 *     spark.context().parallelize(List.of(1, 2), 2).count();
 * }
 * }</pre>
 */
public final class LocalSpark implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Duration END_LIMIT = Duration.ofSeconds(10);
    private static final int EXECUTOR_MEGABYTES = 512;
    private static final String TESTING = "spark.testing";
    private static final String TEST_HOME = "spark.test.home";

    /** A shared one that no test class uses now. */
    private static final AtomicReference<@Nullable LocalSpark> IDLE = new AtomicReference<>();

    private final SparkSession session;
    private final SparkHome home;
    private final String master;
    private final int executors;
    private final String marker;
    private final AtomicBoolean closed = new AtomicBoolean();
    private boolean shared;

    private LocalSpark(SparkSession session, SparkHome home, String master, int executors, String marker) {
        this.session = session;
        this.home = home;
        this.master = master;
        this.executors = executors;
        this.marker = marker;
    }

    /** Starts {@code local-cluster} with as many executor JVMs, and waits until all are there. */
    public static LocalSpark cluster(int executors, int cores) {
        return cluster(executors, cores, Map.of());
    }

    /**
     * Starts {@code local-cluster} with as many executor JVMs, and waits until all are there.
     *
     * @param conf more of Spark's settings, over ours; extra Java options are added to ours
     */
    public static LocalSpark cluster(int executors, int cores, Map<String, String> conf) {
        return start(master(executors, cores), executors, conf);
    }

    /**
     * Returns a {@code local-cluster} that test classes use one after the other, which saves each some 12 s. Not for tests that damage
     * executors or set Spark's settings: when it is closed it must be as it was, or it really ends.
     */
    public static LocalSpark shared(int executors, int cores) {
        LocalSpark idle = IDLE.getAndSet(null);
        if (idle != null && idle.master.equals(master(executors, cores)) && idle.isWhole()) {
            return idle;
        }
        if (idle != null) {
            idle.end();
        }
        LocalSpark started = cluster(executors, cores);
        started.shared = true;
        return started;
    }

    private static String master(int executors, int cores) {
        return "local-cluster[%d,%d,%d]".formatted(executors, cores, EXECUTOR_MEGABYTES);
    }

    private boolean isWhole() {
        return !session.sparkContext().isStopped()
                && registeredExecutors() == executors
                && session.sparkContext().statusTracker().getActiveJobIds().length == 0;
    }

    /** Ends what {@link #shared} has kept; called before another one starts, and after the last test. */
    static void endIdle() {
        LocalSpark idle = IDLE.getAndSet(null);
        if (idle != null) {
            idle.end();
        }
    }

    /** Starts {@code local[*]}: driver and executor are this JVM. */
    public static LocalSpark inThisJvm() {
        return start("local[*]", 0, Map.of());
    }

    /**
     * Starts a session on any master, and waits until the executors are there.
     *
     * @param master Spark's master URL
     * @param executors executor JVMs to wait for, 60 s at most
     * @param conf more of Spark's settings, over ours; extra Java options are added to ours
     */
    public static LocalSpark start(String master, int executors, Map<String, String> conf) {
        requireLoopback();
        endIdle();
        SparkHome home = SparkHome.create();
        String marker = "-Dtfcluster.tests.spark=" + UUID.randomUUID();
        LocalSpark spark = null;
        try {
            SparkContext context = withTestHome(home, () -> new SparkContext(settings(master, home, marker, conf)));
            spark = new LocalSpark(
                    SparkSession.builder().sparkContext(context).getOrCreate(), home, master, executors, marker);
        } finally { // not a catch: Scala throws checked exceptions that no signature tells
            if (spark == null) {
                Processes.awaitEnd(Processes.withWord(marker), Duration.ZERO);
                home.delete();
            }
        }
        boolean warm = false;
        try {
            spark.awaitExecutors(executors);
            if (executors > 0) {
                // executors open their own ports with their first task; nobody shall take them for leftovers
                TaskPids.ofAllSlots(spark.context(), spark.slots());
            }
            warm = true;
            return spark;
        } finally { // not a catch: Scala throws checked exceptions that no signature tells
            if (!warm) {
                spark.close();
            }
        }
    }

    public SparkSession session() {
        return session;
    }

    private int slots() {
        SparkContext context = session.sparkContext();
        return context.maxNumConcurrentTasks(context.resourceProfileManager().defaultResourceProfile());
    }

    public JavaSparkContext context() {
        return JavaSparkContext.fromSparkContext(session.sparkContext());
    }

    /** The process ids of the living executor JVMs, as the machine sees them; empty for {@code local[*]}. */
    public Set<Long> executorPids() {
        return Processes.withWord(marker).stream()
                .filter(process -> Processes.commandLine(process.pid()).stream()
                        .anyMatch(argument -> argument.endsWith("CoarseGrainedExecutorBackend")))
                .map(ProcessHandle::pid)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Waits until exactly so many executors are registered with the driver, 60 s at most. */
    public void awaitExecutors(int count) {
        if (count == 0) {
            return;
        }
        try {
            Awaitility.await()
                    .atMost(START_LIMIT)
                    .pollInterval(Duration.ofMillis(100))
                    .until(() -> registeredExecutors() == count);
        } catch (ConditionTimeoutException e) {
            throw new IllegalStateException(
                    "%d of %d executors of %s within %s; their last output:%n%s"
                            .formatted(
                                    registeredExecutors(),
                                    count,
                                    session.sparkContext().master(),
                                    START_LIMIT,
                                    executorOutput(20)),
                    e);
        }
    }

    private int registeredExecutors() {
        return session.sparkContext().statusTracker().getExecutorInfos().length - 1; // one is the driver
    }

    /**
     * The last lines of each executor's stdout and stderr, for the message of a failed test; empty when the executors write elsewhere
     * (see {@link StandaloneCluster#executorOutput}).
     */
    public String executorOutput(int lines) {
        return home.executorOutput(lines);
    }

    /** Ends the session, or leaves a shared one that is whole to the next test class. */
    @Override
    public void close() {
        if (shared && isWhole()) {
            IDLE.set(this);
        } else {
            end();
        }
    }

    private void end() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        List<ProcessHandle> executors = Processes.withWord(marker);
        try {
            session.stop();
        } finally {
            SparkSession.clearActiveSession();
            SparkSession.clearDefaultSession();
            Processes.awaitEnd(executors, END_LIMIT);
            home.delete();
        }
    }

    private static void requireLoopback() {
        if (!"127.0.0.1".equals(System.getenv("SPARK_LOCAL_IP"))) {
            throw new IllegalStateException(
                    "SPARK_LOCAL_IP must be 127.0.0.1, or Spark listens on the machine's own address; found "
                            + System.getenv("SPARK_LOCAL_IP")
                            + ". Maven sets it; set it in an IDE's run configuration");
        }
    }

    private static SparkContext withTestHome(SparkHome home, Supplier<SparkContext> start) {
        Utils$.MODULE$
                .clearLocalRootDirs(); // Spark keeps them for the JVM's life: it would write into the last session's
        // folder
        System.setProperty(TESTING, "true");
        System.setProperty(TEST_HOME, home.root().toString());
        try {
            return start.get();
        } finally {
            System.clearProperty(TESTING);
            System.clearProperty(TEST_HOME);
        }
    }

    private static SparkConf settings(String master, SparkHome home, String marker, Map<String, String> more) {
        Map<String, String> settings = new TreeMap<>();
        settings.put("spark.driver.host", "127.0.0.1");
        settings.put("spark.driver.bindAddress", "127.0.0.1");
        settings.put("spark.ui.enabled", "false");
        settings.put("spark.executor.memory", EXECUTOR_MEGABYTES + "m");
        settings.put("spark.executor.extraClassPath", SparkHome.classPath());
        settings.put("spark.local.dir", home.local().toString());
        settings.put(
                "spark.sql.warehouse.dir",
                home.root().resolve("warehouse").toUri().toString());
        settings.put("spark.sql.shuffle.partitions", "4");
        settings.put("spark.scheduler.barrier.maxConcurrentTasksCheck.interval", "1s");
        settings.put("spark.scheduler.barrier.maxConcurrentTasksCheck.maxFailures", "10");
        settings.putAll(more);
        settings.merge(
                "spark.executor.extraJavaOptions",
                "-XX:+UseSerialGC " + ChildJvm.temporaryFolder() + " " + marker,
                (theirs, ours) -> ours + " " + theirs);
        SparkConf conf = new SparkConf(false).setMaster(master).setAppName("tfcluster-tests");
        settings.forEach(conf::set);
        return conf;
    }
}
