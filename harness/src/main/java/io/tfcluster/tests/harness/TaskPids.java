package io.tfcluster.tests.harness;

import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import scala.collection.Iterator;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;
import scala.runtime.AbstractFunction1;

/** In which processes tasks run that all run at once. */
final class TaskPids {
    private TaskPids() {}

    /** A barrier stage with one task for each slot, so that every executor gets its share. */
    static Set<Long> ofAllSlots(JavaSparkContext context, int slots) {
        ClassTag<Long> tag = ClassTag$.MODULE$.apply(Long.class);
        RDD<Integer> rdd = context.parallelize(IntStream.range(0, slots).boxed().toList(), slots)
                .rdd();
        RDD<Long> pids = rdd.barrier().mapPartitions(new OwnPid(), false, tag);
        return new TreeSet<>(JavaRDD.fromRDD(pids, tag).collect());
    }

    private static final class OwnPid extends AbstractFunction1<Iterator<Integer>, Iterator<Long>>
            implements java.io.Serializable {
        @Override
        public Iterator<Long> apply(Iterator<Integer> rows) {
            return scala.collection.Iterator$.MODULE$.single(
                    ProcessHandle.current().pid());
        }
    }
}
