package io.tfcluster;

import io.tfcluster.DoctorOrder.Target;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorAdded;
import org.apache.spark.status.api.v1.ExecutorSummary;
import scala.collection.JavaConverters;

/** The executors that the application has. */
final class DoctorExecutors {
    private static final Pattern LOCAL_CLUSTER = Pattern.compile("local-cluster\\[\\s*([0-9]+)\\s*,.*");
    private static final long LOOK_MILLIS = 500;

    private DoctorExecutors() {}

    /** Returns the executors, after waiting for as many as the settings promise. */
    static List<Target> await(SparkContext sc, Duration limit) {
        int expected = expected(sc.master(), sc.conf());
        Semaphore arrivals = new Semaphore(0);
        SparkListener listener = new SparkListener() {
            @Override
            public void onExecutorAdded(SparkListenerExecutorAdded added) {
                arrivals.release();
            }
        };
        sc.addSparkListener(listener);
        long deadline = System.nanoTime() + limit.toNanos();
        try {
            List<Target> there = now(sc);
            while (there.size() < expected && System.nanoTime() < deadline) {
                if (arrivals.tryAcquire(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                    arrivals.drainPermits();
                }
                there = now(sc);
            }
            return there;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return now(sc);
        } finally {
            sc.removeSparkListener(listener);
        }
    }

    /** Returns how many executors there will be, as far as the settings tell; 1 where they do not. */
    static int expected(String master, SparkConf conf) {
        Matcher cluster = LOCAL_CLUSTER.matcher(master);
        if (cluster.matches()) {
            return Integer.parseInt(cluster.group(1));
        }
        return Slots.comeAndGo(conf) ? 1 : Math.max(1, conf.getInt("spark.executor.instances", 1));
    }

    /** Returns the executors of now, the one of {@code local[*]} included; the first of each host is to start a process there. */
    private static List<Target> now(SparkContext sc) {
        Set<String> hosts = new HashSet<>();
        List<Target> targets = new ArrayList<>();
        for (ExecutorSummary each :
                JavaConverters.seqAsJavaList(sc.statusStore().executorList(true))) {
            if (sc.isLocal() || !each.id().equals("driver")) {
                String host = each.hostPort().replaceFirst(":\\d+$", "");
                targets.add(new Target(each.id(), host, targets.size(), hosts.add(host)));
            }
        }
        return targets;
    }
}
