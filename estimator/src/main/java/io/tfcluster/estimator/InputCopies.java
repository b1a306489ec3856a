package io.tfcluster.estimator;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import org.apache.spark.Dependency;
import org.apache.spark.NarrowDependency;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.catalyst.InternalRow;
import scala.collection.JavaConverters;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * The input as bytes, of which each reader makes its own: functions and counters within were made for one thread, since Spark gives each task
 * a copy.
 */
final class InputCopies implements Serializable {
    private static final long serialVersionUID = 1L;

    private final Broadcast<byte[]> bytes;

    private InputCopies(Broadcast<byte[]> bytes) {
        this.bytes = bytes;
    }

    /** Makes the bytes on the driver and hands them to Spark, which sends them to executors that ask. */
    static InputCopies of(RDD<InternalRow> input) {
        settle(input, new HashSet<>());
        ByteBuffer buffer = SparkEnv.get().closureSerializer().newInstance().serialize(input, tag());
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return new InputCopies(
                JavaSparkContext.fromSparkContext(input.sparkContext()).broadcast(bytes));
    }

    /** An RDD finds out what it depends on when it is asked, which it can be on the driver only. */
    private static void settle(RDD<?> rdd, Set<Integer> seen) {
        if (!seen.add(rdd.id())) {
            return;
        }
        rdd.partitions();
        for (Dependency<?> each : JavaConverters.seqAsJavaList(rdd.dependencies())) {
            if (each instanceof NarrowDependency<?> narrow) {
                settle(narrow.rdd(), seen);
            }
        }
    }

    /** Returns one more copy; its counters register with the calling thread's task context. */
    RDD<InternalRow> next() {
        return SparkEnv.get()
                .closureSerializer()
                .newInstance()
                .deserialize(
                        ByteBuffer.wrap(bytes.value()), Thread.currentThread().getContextClassLoader(), tag());
    }

    private static ClassTag<RDD<InternalRow>> tag() {
        return ClassTag$.MODULE$.apply(RDD.class);
    }
}
