package io.tfcluster.estimator;

import static java.util.Objects.requireNonNull;

import java.util.List;
import org.apache.spark.Partition;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.CoalescedRDD;
import org.apache.spark.rdd.CoalescedRDDPartition;
import org.apache.spark.rdd.DeterministicLevel;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import scala.Enumeration;
import scala.Option;
import scala.collection.Iterator;
import scala.collection.JavaConverters;
import scala.reflect.ClassTag$;

/** An input whose partitions are read, several at a time, by readers of fewer tasks. */
final class ReadAheadRdd extends CoalescedRDD<InternalRow> {
    private static final long serialVersionUID = 1L;

    private final StructType schema;
    private final ReadSettings settings;
    private final ReadMetrics metrics;
    private @Nullable InputCopies copies;

    ReadAheadRdd(RDD<InternalRow> input, StructType schema, ReadSettings settings, ReadMetrics metrics) {
        super(
                input,
                settings.tasks(input.sparkContext()),
                Option.apply(new ReadGroups()),
                ClassTag$.MODULE$.apply(InternalRow.class));
        this.schema = schema;
        this.settings = settings;
        this.metrics = metrics;
    }

    /** Called once, on the driver, before tasks are made of this. */
    @Override
    public Partition[] getPartitions() {
        copies = InputCopies.of(prev());
        return super.getPartitions();
    }

    @Override
    public Iterator<InternalRow> compute(Partition split, TaskContext task) {
        List<Partition> partitions = JavaConverters.seqAsJavaList(((CoalescedRDDPartition) split).parents());
        if (partitions.isEmpty()) {
            return JavaConverters.asScalaIterator(List.<InternalRow>of().iterator());
        }
        return ReadAheadRows.start(task, partitions, requireNonNull(copies, "copies"), schema, settings, metrics);
    }

    /** A second attempt of a task gives the same rows in another order. */
    @Override
    public Enumeration.Value getOutputDeterministicLevel() {
        Enumeration.Value input = prev().outputDeterministicLevel();
        return input.equals(DeterministicLevel.DETERMINATE()) ? DeterministicLevel.UNORDERED() : input;
    }
}
