package io.tfcluster.estimator;

import io.tfcluster.estimator.ModelSource.Part;
import java.io.Serializable;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * How tasks come to a model's files: Hadoop's settings, and, for a model on the driver's own disk, its bytes, which Spark brings once to each
 * executor that cannot see that disk.
 */
record TaskFiles(SerializableConfiguration hadoop, @Nullable Broadcast<byte[][]> bytes) implements Serializable {
    /** Takes what the tasks of this application need. */
    static TaskFiles of(SparkContext spark, ModelSource source) {
        Configuration conf = spark.hadoopConfiguration();
        SerializableConfiguration hadoop = new SerializableConfiguration(conf);
        if (spark.isLocal() || !source.isLocal()) {
            return new TaskFiles(hadoop, null);
        }
        byte[][] bytes = new byte[source.parts().size()][];
        for (int i = 0; i < bytes.length; i++) {
            Part part = source.parts().get(i);
            bytes[i] = ModelFiles.read(source, part.name(), conf);
        }
        return new TaskFiles(hadoop, JavaSparkContext.fromSparkContext(spark).broadcast(bytes));
    }

    Configuration conf() {
        return hadoop.value();
    }
}
