package io.tfcluster.estimator;

import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.jspecify.annotations.Nullable;
import scala.collection.IndexedSeq;
import scala.collection.Seq;

/** Reading ahead in a query, before Spark decides how to run it; columns that nobody asks for are not read through it. */
final class ReadAheadNode extends LogicalPlan {
    private static final long serialVersionUID = 1L;

    private final transient LogicalPlan child;
    private final ReadSettings settings;

    ReadAheadNode(LogicalPlan child, ReadSettings settings) {
        this.child = child;
        this.settings = settings;
    }

    LogicalPlan child() {
        return child;
    }

    ReadSettings settings() {
        return settings;
    }

    @Override
    public Seq<Attribute> output() {
        return child.output();
    }

    @Override
    public Seq<LogicalPlan> children() {
        return RowPlan.seq(List.of(child));
    }

    @Override
    public LogicalPlan withNewChildrenInternal(IndexedSeq<LogicalPlan> children) {
        return new ReadAheadNode(children.head(), settings);
    }

    /** Spark's own way would need a public class, as would that of {@link #clone}. */
    @Override
    public LogicalPlan makeCopy(Object[] arguments) {
        LogicalPlan copy = new ReadAheadNode((LogicalPlan) arguments[0], (ReadSettings) arguments[1]);
        copy.copyTagsFrom(this);
        return copy;
    }

    @Override
    public LogicalPlan clone() {
        LogicalPlan copy = makeCopy(new Object[] {child.clone(), settings});
        if (analyzed()) {
            copy.setAnalyzed();
        }
        return copy;
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
        return other instanceof ReadAheadNode;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ReadAheadNode node && child.equals(node.child) && settings.equals(node.settings);
    }

    @Override
    public int hashCode() {
        return super.hashCode();
    }
}
