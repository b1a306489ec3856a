package io.tfcluster.estimator;

import java.util.Arrays;
import org.apache.spark.Partition;
import org.apache.spark.rdd.DefaultPartitionCoalescer;
import org.apache.spark.rdd.PartitionCoalescer;
import org.apache.spark.rdd.PartitionGroup;
import org.apache.spark.rdd.RDD;
import scala.Option;

/**
 * Which input partitions a task reads: Spark's choice by hosts where the input prefers some, otherwise dealt out like cards, because file
 * sources sort their partitions by size.
 */
final class ReadGroups implements PartitionCoalescer, scala.Serializable {
    private static final long serialVersionUID = 1L;

    /** How much more than the others a group may take for the sake of its host; Spark's own. */
    private static final double SLACK = 0.1;

    @Override
    public PartitionGroup[] coalesce(int most, RDD<?> input) {
        Partition[] partitions = input.partitions();
        if (Arrays.stream(partitions)
                .anyMatch(each -> !input.preferredLocations(each).isEmpty())) {
            return new DefaultPartitionCoalescer(SLACK).coalesce(most, input);
        }
        PartitionGroup[] groups = new PartitionGroup[Math.min(most, partitions.length)];
        for (int i = 0; i < groups.length; i++) {
            groups[i] = new PartitionGroup(Option.empty());
            for (int j = i; j < partitions.length; j += groups.length) {
                groups[i].partitions().$plus$eq(partitions[j]);
            }
        }
        return groups;
    }
}
