package io.tfcluster.estimator;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.execution.MapPartitionsExec;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.adaptive.AdaptiveSparkPlanExec;
import org.apache.spark.sql.execution.exchange.Exchange;
import scala.collection.JavaConverters;

/** What {@link ReadAhead#explain} says, read off Spark's plan of the query. */
final class PipelinePlan {
    private static final double MEBI = 1 << 20;

    private final SparkContext context;
    private final List<String> lines = new ArrayList<>();

    private PipelinePlan(SparkContext context) {
        this.context = context;
    }

    static String text(Dataset<?> query) {
        PipelinePlan plan = new PipelinePlan(query.sparkSession().sparkContext());
        SparkPlan root = query.queryExecution().executedPlan();
        if (all(root).noneMatch(ReadAheadExec.class::isInstance)) {
            plan.tied(root);
        }
        plan.add(root);
        return String.join("\n", plan.lines);
    }

    /** What is read comes first. */
    private void add(SparkPlan plan) {
        children(plan).forEach(this::add);
        if (plan instanceof ReadAheadExec read) {
            untied(read);
        } else if (plan instanceof Exchange) {
            lines.add("exchange: rows go to other tasks; all above must have ended before what is below begins");
        } else if (plan instanceof MapPartitionsExec map) {
            lines.add(
                    map.func() instanceof TransformTask task
                            ? model(task.plan())
                            : "function: in the tasks, one row after the other");
        }
    }

    private void tied(SparkPlan root) {
        SparkPlan first =
                all(root).filter(plan -> !hasExchange(plan)).findFirst().orElse(root);
        lines.add("reading: " + partitions(first)
                + ", each by the task that computes it: models wait while their task reads, and readers while it computes;"
                + " ReadAhead would free them of each other");
    }

    private void untied(ReadAheadExec read) {
        ReadSettings settings = read.settings();
        int tasks = settings.tasks(context);
        lines.add("reading: " + partitions(read.child()) + " by " + tasks + (tasks == 1 ? " task" : " tasks") + " with "
                + settings.readers() + (settings.readers() == 1 ? " reader" : " readers") + " each, "
                + tasks * settings.readers() + " at a time, in threads of their own");
        lines.add(String.format(
                Locale.ROOT,
                "waiting: readers while %d rows or %.1f MiB of their task lie unread, a task while none does",
                settings.rows(),
                settings.bytes() / MEBI));
    }

    private String model(TransformPlan plan) {
        int threads = TaskModel.threads(plan, context.getConf());
        return "model: " + plan.source() + " in the tasks, in batches of " + plan.rowsPerRun() + "; one session "
                + (plan.run().child() ? "in a process of its own " : "") + "with " + threads
                + (threads == 1 ? " thread" : " threads") + " on each executor, for all its tasks";
    }

    /** Behind an exchange only Spark knows, when it gets there. */
    private static String partitions(SparkPlan input) {
        if (hasExchange(input)) {
            return "the partitions of the exchange above";
        }
        int count = input.execute().getNumPartitions();
        return count + (count == 1 ? " partition" : " partitions") + " of the input";
    }

    private static boolean hasExchange(SparkPlan plan) {
        return all(plan).anyMatch(Exchange.class::isInstance);
    }

    private static Stream<SparkPlan> all(SparkPlan plan) {
        return Stream.concat(Stream.of(plan), children(plan).stream().flatMap(PipelinePlan::all));
    }

    private static List<SparkPlan> children(SparkPlan plan) {
        return plan instanceof AdaptiveSparkPlanExec adaptive
                ? List.of(adaptive.initialPlan())
                : JavaConverters.seqAsJavaList(plan.children());
    }
}
