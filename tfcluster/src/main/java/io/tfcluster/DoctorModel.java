package io.tfcluster;

import static java.util.Objects.requireNonNull;

import io.tfcluster.training.ModelFunction;
import io.tfcluster.training.Optimizer;
import io.tfcluster.training.Trainer;
import io.tfcluster.training.TrainerConfig;
import io.tfcluster.training.TrainingSummary;
import java.io.Serializable;
import java.time.Duration;
import java.util.Map;
import org.apache.spark.sql.SparkSession;

/** Puts one batch through the user's model in a real cluster of one node: launched, fed, stepped and ended like any other. */
final class DoctorModel {
    private static final String TOPIC = "model";
    /** Where the rows go. */
    static final String FEED = "train";

    private DoctorModel() {}

    static Finding check(SparkSession spark, ClusterConfig config, CheckOptions.Model model, Duration limit) {
        TrainerConfig trainer = model.trainer();
        Job job = new Job(
                model.function(),
                trainer.optimizer(),
                trainer.batchSize(),
                trainer.weights().orElse(""),
                limit);
        try (TFCluster cluster = TFCluster.run(spark, DoctorModel::main, job, alone(config, limit))) {
            cluster.train(model.rows(), 1);
            TrainingReport.Node node = cluster.shutdown(true, limit).nodes().get(0);
            Map<String, String> result = node.result();
            String found = result.getOrDefault("rows", "0") + " rows went through it on " + node.host() + ", loss "
                    + result.getOrDefault("loss", "unknown");
            if (result.getOrDefault("rows", "0").equals("0")) {
                return Finding.warning(
                        node.host() + " node", TOPIC, "got no rows: the sample is empty", "give rows to try it on");
            }
            return Double.isFinite(Double.parseDouble(result.getOrDefault("loss", "NaN")))
                    ? Finding.ok(node.host() + " node", TOPIC, found)
                    : Finding.wouldFail(
                            node.host() + " node",
                            TOPIC,
                            found,
                            "look for inputs that are not finite, and for a learning rate that is too large");
        } catch (NodeExitException e) {
            String where = e.first().host().isEmpty() ? "node" : e.first().host() + " node";
            return Finding.wouldFail(
                    where, TOPIC, DoctorGuard.shortened(e.first().describe()), "correct the model or the rows");
        } catch (RuntimeException e) {
            return Finding.wouldFail("driver", TOPIC, DoctorGuard.text(e), "look at the findings above it first");
        }
    }

    /** What the node is given; an empty text stands for no weights. */
    private record Job(ModelFunction function, Optimizer optimizer, int batchSize, String weights, Duration limit)
            implements Serializable {}

    /** The same cluster with a single worker: memory, threads, ports, environment and feed stay. */
    private static ClusterConfig alone(ClusterConfig config, Duration limit) {
        ClusterConfig.Builder one = ClusterConfig.builder(1)
                .feed(FEED, requireNonNull(config.feeds().get(FEED), FEED))
                .nodeMemory(config.nodeMemory())
                .threads(config.intraOpThreads(), config.interOpThreads())
                .nodePorts(config.nodePorts())
                .reservationTimeout(limit)
                .feedTimeout(limit);
        one.jvmOptions(config.jvmOptions().toArray(new String[0]));
        config.environment().forEach(one::environment);
        config.serverHost().ifPresent(one::serverHost);
        config.serverPorts().ifPresent(one::serverPorts);
        return one.build();
    }

    private static void main(Job job, NodeContext ctx) {
        TrainerConfig.Builder config = TrainerConfig.builder(job.optimizer())
                .batchSize(job.batchSize())
                .maxSteps(1)
                .stepTimeout(job.limit());
        if (!job.weights().isEmpty()) {
            config.weights(job.weights());
        }
        try (Trainer trainer = ctx.trainer(job.function(), config.build())) {
            TrainingSummary summary = trainer.fit(ctx.batches(FEED));
            ctx.result("rows", Long.toString(summary.rows()));
            ctx.result("loss", Double.toString(summary.loss()));
        }
    }
}
