package io.tfcluster;

import java.io.Serializable;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkEnv;
import scala.runtime.AbstractFunction1;

/** What is looked at on one executor, in a Spark task. It never fails: what goes wrong is a finding. */
final class DoctorProbe extends AbstractFunction1<scala.collection.Iterator<DoctorOrder.Target>, DoctorOrder.Answer>
        implements Serializable {
    private static final long serialVersionUID = 1L;

    static final Duration LIMIT = Duration.ofSeconds(30);

    private final DoctorOrder order;

    DoctorProbe(DoctorOrder order) {
        this.order = order;
    }

    @Override
    public DoctorOrder.Answer apply(scala.collection.Iterator<DoctorOrder.Target> targets) {
        long started = System.currentTimeMillis();
        DoctorOrder.Target target = targets.next();
        SparkEnv env = SparkEnv.get();
        String host = env.blockManager().blockManagerId().host();
        String where = where(host, env.executorId());
        List<Finding> findings = new ArrayList<>();
        List<String> marked = new CopyOnWriteArrayList<>();
        findings.add(DoctorHost.java(where));
        if (order.serverPort() > 0) {
            findings.add(DoctorPorts.reach(where, order, target.number()));
        }
        for (DoctorPath path : order.paths()) {
            findings.addAll(DoctorGuard.run(where, DoctorPath.TOPIC, path.advice(), LIMIT, () -> {
                Configuration conf = HadoopSummaryStore.configuration(order.defaultFs());
                DoctorPath.Seen seen = path.examine(where, conf, order.id(), Integer.toString(target.number()));
                if (seen.marked()) {
                    marked.add(path.location());
                }
                return seen.findings();
            }));
        }
        findings.addAll(here(where, order.everywhere()));
        if (target.ofHost()) {
            findings.addAll(ofHost(where, host));
        }
        return new DoctorOrder.Answer(
                env.executorId(), where, target.number(), started, System.currentTimeMillis(), findings, marked);
    }

    static String where(String host, String executorId) {
        return executorId.equals("driver") ? host + " local executor" : host + " executor " + executorId;
    }

    /** What is looked at everywhere, on the driver as well. */
    static List<Finding> here(String where, List<CheckOptions.Everywhere> checks) {
        List<Finding> findings = new ArrayList<>(DoctorGuard.run(
                where,
                "class path",
                "look at the jars of the application",
                LIMIT,
                () -> DoctorClassPath.check(where, Thread.currentThread().getContextClassLoader(), false)));
        for (CheckOptions.Everywhere each : checks) {
            findings.addAll(DoctorGuard.run(
                    where,
                    each.topic(),
                    each.advice(),
                    LIMIT,
                    () -> List.of(Finding.ok(where, each.topic(), each.check().run()))));
        }
        return findings;
    }

    private List<Finding> ofHost(String where, String host) {
        String temporary = "make it writable for " + System.getProperty("user.name")
                + ", or set java.io.tmpdir and TFCLUSTER_NATIVES to others";
        int nodes = order.nodesOnHost();
        List<Finding> findings = new ArrayList<>();
        findings.addAll(DoctorGuard.run(where, "temporary files", temporary, LIMIT, () -> DoctorHost.temporary(where)));
        findings.addAll(DoctorGuard.run(
                where,
                "ports",
                "set nodePorts to ports that are free",
                LIMIT,
                () -> List.of(DoctorPorts.free(
                        where, InetAddress.getByName(host).getHostAddress(), order.nodePorts(), nodes))));
        findings.addAll(DoctorGuard.run(
                where,
                "memory",
                "look at /proc/meminfo",
                LIMIT,
                () -> List.of(DoctorMemory.host(where, nodes, order.settings().memory(), order.modelBytes()))));
        findings.addAll(DoctorGuard.run(
                where,
                "node's process",
                "set TFCLUSTER_NATIVES to a folder with enough room that can be written to",
                order.limit().plus(LIMIT),
                () -> DoctorChild.run(
                        where.replaceFirst(" (local )?executor.*", " node"), host, order.settings(), order.limit())));
        return findings;
    }
}
