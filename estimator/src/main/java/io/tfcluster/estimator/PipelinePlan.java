package io.tfcluster.estimator;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.execution.MapPartitionsExec;
import org.apache.spark.sql.execution.ProjectExec;
import org.apache.spark.sql.execution.SerializeFromObjectExec;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.adaptive.AdaptiveSparkPlanExec;
import org.apache.spark.sql.execution.exchange.Exchange;
import scala.collection.JavaConverters;

/** What {@link ReadAhead#explain} says, read off Spark's plan of the query. */
final class PipelinePlan {
    private static final double MEBI = 1 << 20;

    /** A column that a stage names by its uid, and drops later. */
    private static final Pattern OWN = Pattern.compile("^([A-Za-z]+)_[0-9a-f]{12}_(\\w+)$");

    private static final String EXCHANGE =
            "exchange: rows go to other tasks; all above must have ended before what is below begins";

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
        plan.add(root, root, "tasks");
        return String.join("\n", plan.lines);
    }

    /**
     * Adds what a plan does, what comes first first.
     *
     * @param named the closest node above, or the plan, whose columns have the names that users gave
     * @param who runs it
     */
    private void add(SparkPlan plan, SparkPlan named, String who) {
        if (plan instanceof Exchange) {
            addChildren(plan, named, "tasks");
            lines.add(EXCHANGE);
        } else if (plan instanceof ReadAheadExec read) {
            int start = lines.size();
            addChildren(plan, named, "readers");
            int exchange = lines.subList(start, lines.size()).lastIndexOf(EXCHANGE);
            lines.addAll(start + exchange + 1, untied(read));
        } else if (plan instanceof MapPartitionsExec map) {
            addChildren(plan, named, who);
            lines.add(
                    map.func() instanceof TransformTask task
                            ? model(task.plan(), made(named, map), who)
                            : "function: makes " + made(named, map) + ", in the " + who + ", row after row");
        } else {
            addChildren(plan, isNamed(plan) ? plan : named, who);
        }
    }

    private void addChildren(SparkPlan plan, SparkPlan named, String who) {
        children(plan).forEach(child -> add(child, named, who));
    }

    /** Behind a user's function stand the two columns of a tuple first. */
    private static boolean isNamed(SparkPlan plan) {
        return plan instanceof ProjectExec
                || (plan instanceof SerializeFromObjectExec && !names(plan).contains("_1"));
    }

    private static String made(SparkPlan named, MapPartitionsExec function) {
        List<String> made = new ArrayList<>(names(named));
        children(function.child()).forEach(input -> made.removeAll(names(input)));
        return made.isEmpty()
                ? "rows"
                : made.stream()
                        .map(name -> OWN.matcher(name).replaceAll("$1's $2"))
                        .collect(Collectors.joining(", "));
    }

    private static List<String> names(SparkPlan plan) {
        return JavaConverters.seqAsJavaList(plan.output()).stream()
                .map(Attribute::name)
                .toList();
    }

    private void tied(SparkPlan root) {
        SparkPlan first =
                all(root).filter(plan -> !hasExchange(plan)).findFirst().orElse(root);
        lines.add("reading: " + partitions(first)
                + ", each by the task that computes it: models wait while their task reads, and readers while it computes;"
                + " ReadAhead would free them of each other");
    }

    private List<String> untied(ReadAheadExec read) {
        ReadSettings settings = read.settings();
        int tasks = settings.tasks(context);
        return List.of(
                "reading: " + partitions(read.child()) + " by " + tasks + (tasks == 1 ? " task" : " tasks") + " with "
                        + settings.readers() + (settings.readers() == 1 ? " reader" : " readers") + " each, "
                        + tasks * settings.readers() + " at a time, in threads of their own",
                String.format(
                        Locale.ROOT,
                        "waiting: readers while %d rows or %.1f MiB of their task lie unread, a task while none does",
                        settings.rows(),
                        settings.bytes() / MEBI));
    }

    private String model(TransformPlan plan, String makes, String who) {
        int threads = TaskModel.threads(plan, context.getConf());
        return "model: " + plan.source() + " makes " + makes + ", in the " + who + ", in batches of "
                + plan.rowsPerRun() + "; one session "
                + (plan.run().child() ? "in a process of its own " : "") + "with " + threads
                + (threads == 1 ? " thread" : " threads") + " on each executor, for all " + who;
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
