package io.tfcluster.records;

import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/** One SparkSession for all tests of this JVM, which ends with it. */
final class LocalSession {
    private static final SparkSession SPARK = SparkSession.builder()
            .master("local[2,2]") // a task that fails is tried once more
            .appName("tfcluster-records-tests")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.sql.warehouse.dir", "target/warehouse")
            .getOrCreate();

    private LocalSession() {}

    static SparkSession spark() {
        return SPARK;
    }

    static Configuration conf() {
        return SPARK.sparkContext().hadoopConfiguration();
    }
}
