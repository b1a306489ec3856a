package io.tfcluster.estimator;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.ExperimentalMethods;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.SparkStrategy;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/** Tells Spark how {@link ReadAheadNode} is run. */
final class ReadAheadStrategy extends SparkStrategy {
    private static final ReadAheadStrategy ONLY = new ReadAheadStrategy();

    private ReadAheadStrategy() {}

    /** Makes a session know it, and those that are cloned from it, as streams do. */
    static void addTo(SparkSession session) {
        synchronized (ONLY) {
            ExperimentalMethods methods = session.experimental();
            List<SparkStrategy> known = new ArrayList<>(JavaConverters.seqAsJavaList(methods.extraStrategies()));
            if (!known.contains(ONLY)) {
                known.add(ONLY);
                methods.extraStrategies_$eq(RowPlan.seq(known));
            }
        }
    }

    @Override
    public Seq<SparkPlan> apply(LogicalPlan plan) {
        return RowPlan.seq(
                plan instanceof ReadAheadNode node
                        ? List.of(new ReadAheadExec(planLater(node.child()), node.settings()))
                        : List.of());
    }
}
