package io.tfcluster;

import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;

/**
 * Runs independent copies of a main function on executors, each with a TensorFlow of its own, as TensorFlowOnSpark's TFParallel.py does:
 * for hyper-parameters tried side by side, or files sharded over copies that do not talk to each other.
 */
public final class TFParallel {
    private TFParallel() {}

    /**
     * Starts all copies at once and waits for them.
     *
     * <p>{@link NodeContext#index()} and {@link NodeContext#numWorkers()} tell a copy which one of how many it is; its ClusterSpec holds
     * only itself, and a trainer made in it trains alone.
     *
     * @param config number of copies and limits; without ps, evaluator and feeds, in {@link InputMode#TENSORFLOW}
     * @param timeout limit for all copies to return
     * @return what each copy left with {@link NodeContext#result}, by index
     * @throws NodeExitException if a copy failed; the others are stopped
     */
    public static <A extends Serializable> List<Map<String, String>> run(
            SparkSession spark, TFMain<A> main, A args, ClusterConfig config, Duration timeout) {
        if (config.ps() > 0
                || config.template().slots().stream()
                        .anyMatch(slot -> !slot.role().trains())) {
            throw new IllegalArgumentException(
                    "independent copies have no ps and no evaluator; remove them from the configuration");
        }
        if (config.inputMode() != InputMode.TENSORFLOW) {
            throw new IllegalArgumentException("independent copies read their own data; set inputMode(TENSORFLOW)");
        }
        ClusterDriver driver = ClusterDriver.start(spark, main, args, config, true);
        driver.shutdown(true, timeout);
        return List.copyOf(driver.results().values());
    }
}
