package io.tfcluster.estimator.image;

import org.apache.spark.sql.SparkSession;

/** Spark in this JVM with two threads, on loopback only. */
final class LocalSession {

    private LocalSession() {}

    static SparkSession open() {
        return SparkSession.builder()
                .master("local[2]")
                .appName("pictures")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.sql.shuffle.partitions", "2")
                .getOrCreate();
    }
}
