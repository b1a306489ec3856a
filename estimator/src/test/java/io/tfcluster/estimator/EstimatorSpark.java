package io.tfcluster.estimator;

import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Spark in this JVM, which starts real processes for clusters, for the tests of one class. */
final class EstimatorSpark implements BeforeAllCallback, AfterAllCallback {
    private final int slots;
    private SparkSession session;

    EstimatorSpark(int slots) {
        this.slots = slots;
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        session = SparkSession.builder()
                .master("local[" + slots + "]")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.ui.enabled", false)
                .config("spark.sql.shuffle.partitions", 2)
                .getOrCreate();
    }

    @Override
    public void afterAll(ExtensionContext context) {
        session.stop();
    }

    SparkSession session() {
        return session;
    }
}
