package io.tfcluster.killmatrix;

import io.tfcluster.NodeExitException;
import io.tfcluster.tests.harness.LocalSpark;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;

/** A driver program that comes to harm: a process of its own, with its own executors and nodes. */
public final class DriverMain {
    static final String EXECUTOR = "EXECUTOR ";
    static final String NODE = "NODE ";
    static final String ENDED = "ENDED ";
    static final String FAILED = "FAILED ";
    static final String EXACT = "exact";

    private static final Duration LIMIT = Duration.ofMinutes(2);

    private DriverMain() {}

    /** Runs a case's training: phase, how, folder, and, on a network of hosts, Spark's master and this host's address. */
    public static void main(String[] words) {
        String folder = words[2];
        boolean network = words.length > 3;
        Plan plan = new Plan(
                network ? Who.NETWORK : Who.DRIVER, Phase.valueOf(words[0]), How.valueOf(words[1]), folder, folder, 0);
        try (LocalSpark spark = network
                ? LocalSpark.start(words[3], 2, settings(words[4]))
                : LocalSpark.cluster(2, 1, Sparks.settings())) {
            spark.executorPids().forEach(pid -> System.out.println(EXECUTOR + pid));
            AtomicBoolean joined = new AtomicBoolean();
            Watch watch = new Watch(node -> {
                System.out.println(NODE + node.pid());
                if (plan.phase() == Phase.REGISTERING && joined.compareAndSet(false, true)) {
                    Gate.reached(plan, "driver", "");
                }
            });
            if (plan.how() == How.EXIT || plan.how() == How.OUT_OF_MEMORY) {
                Thread end = new Thread(() -> harm(plan), "matrix-harm");
                end.setDaemon(true);
                end.start();
            }
            train(plan, watch, spark);
        }
    }

    /** Says how it ends before Spark is ended, which takes its time when a host is cut off. */
    private static void train(Plan plan, Watch watch, LocalSpark spark) {
        try {
            Optional<String> wrong = new ClusterRun(plan, 0, watch)
                    .run(spark.session(), new NumberedRows(plan).input(spark.context()), cluster -> {
                        if (plan.how() == How.EXCEPTION) {
                            plan.marks().await(Marks.REACHED, LIMIT);
                            plan.marks().set(Marks.DONE, "");
                            Damage.inflict(plan.how());
                        }
                    });
            System.out.println(ENDED + wrong.orElse(EXACT));
        } catch (NodeExitException e) {
            System.out.println(FAILED + e.first().node() + " " + e.getMessage());
            throw e;
        } catch (RuntimeException e) {
            System.out.println(FAILED + " " + e);
            throw e;
        }
    }

    private static Map<String, String> settings(String address) {
        Map<String, String> settings = new TreeMap<>(Sparks.settings());
        settings.put("spark.driver.host", address);
        settings.put("spark.driver.bindAddress", address);
        return settings;
    }

    private static void harm(Plan plan) {
        if (plan.marks().await(Marks.REACHED, LIMIT)) {
            plan.marks().set(Marks.DONE, "");
            Damage.inflict(plan.how());
        }
    }

    /** Returns the command line's words. */
    static List<String> words(Case of, Path folder) {
        return new ArrayList<>(List.of(of.phase().name(), of.how().name(), folder.toString()));
    }
}
