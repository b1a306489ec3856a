package io.tfcluster.estimator;

import java.util.List;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.metric.SQLMetric;
import org.jspecify.annotations.Nullable;
import scala.collection.IndexedSeq;
import scala.collection.Seq;
import scala.collection.immutable.Map;

/** Reading ahead in a query, as it is run. */
final class ReadAheadExec extends SparkPlan {
    private static final long serialVersionUID = 1L;

    private final SparkPlan child;
    private final ReadSettings settings;
    private transient @Nullable ReadMetrics metrics;

    ReadAheadExec(SparkPlan child, ReadSettings settings) {
        this.child = child;
        this.settings = settings;
    }

    SparkPlan child() {
        return child;
    }

    ReadSettings settings() {
        return settings;
    }

    @Override
    public RDD<InternalRow> doExecute() {
        return new ReadAheadRdd(child.execute(), child.schema(), settings, readMetrics());
    }

    private synchronized ReadMetrics readMetrics() {
        if (metrics == null) {
            metrics = ReadMetrics.of(sparkContext());
        }
        return metrics;
    }

    @Override
    public Map<String, SQLMetric> metrics() {
        ReadMetrics all = readMetrics();
        return new Map.Map3<>(
                "numOutputRows", all.rows(), "taskWaits", all.taskWaits(), "readersWait", all.readersWait());
    }

    @Override
    public Seq<Attribute> output() {
        return child.output();
    }

    @Override
    public Seq<SparkPlan> children() {
        return RowPlan.seq(List.of(child));
    }

    @Override
    public SparkPlan withNewChildrenInternal(IndexedSeq<SparkPlan> children) {
        return new ReadAheadExec(children.head(), settings);
    }

    /** Spark's own way would need a public class, as would that of {@link #clone}. */
    @Override
    public SparkPlan makeCopy(Object[] arguments) {
        SparkPlan copy = new ReadAheadExec((SparkPlan) arguments[0], (ReadSettings) arguments[1]);
        copy.copyTagsFrom(this);
        return copy;
    }

    @Override
    public SparkPlan clone() {
        return makeCopy(new Object[] {child.clone(), settings});
    }

    @Override
    public String nodeName() {
        return "ReadAhead";
    }

    @Override
    public int productArity() {
        return 2;
    }

    @Override
    public Object productElement(int index) {
        return index == 0 ? child : settings;
    }

    @Override
    public boolean canEqual(@Nullable Object other) {
        return other instanceof ReadAheadExec;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ReadAheadExec node && child.equals(node.child) && settings.equals(node.settings);
    }

    @Override
    public int hashCode() {
        return super.hashCode();
    }
}
