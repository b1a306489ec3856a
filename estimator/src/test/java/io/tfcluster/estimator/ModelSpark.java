package io.tfcluster.estimator;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Spark in this JVM, with two threads if not told otherwise, for the tests of one class; and where the data of others lies. */
public final class ModelSpark implements BeforeAllCallback, AfterAllCallback {
    private final String master;
    private SparkSession session;

    public ModelSpark() {
        this("local[2]");
    }

    ModelSpark(String master) {
        this.master = master;
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        session = SparkSession.builder()
                .master(master)
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.ui.enabled", false)
                .config("spark.sql.shuffle.partitions", 2)
                .getOrCreate();
        assertThat(session.sparkContext().master())
                .as("another class has left its Spark to this one")
                .isEqualTo(master);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        session.stop();
    }

    public SparkSession session() {
        return session;
    }

    static Path data(String below) {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            Path data = folder.resolveSibling("shared").resolve("data");
            if (data.toFile().isDirectory()) {
                return data.resolve(below);
            }
        }
        return Path.of("no-shared-data").resolve(below);
    }
}
