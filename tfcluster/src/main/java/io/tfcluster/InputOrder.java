package io.tfcluster;

import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.spark.rdd.DeterministicLevel;
import org.apache.spark.rdd.RDD;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Enumeration;

/** Whether a partition that is computed again gives the same rows in the same order, as Spark knows it. */
final class InputOrder {
    private static final Logger log = LoggerFactory.getLogger(InputOrder.class);

    private InputOrder() {}

    /** Warns, once per flag, if a repeated task could meet other rows than its predecessor: it goes on after the last row counted. */
    static void warn(RDD<?> rdd, String feed, AtomicBoolean warned) {
        Enumeration.Value level = rdd.outputDeterministicLevel();
        if (!level.equals(DeterministicLevel.DETERMINATE()) && warned.compareAndSet(false, true)) {
            String what = level.equals(DeterministicLevel.INDETERMINATE())
                    ? "other rows in its partitions"
                    : "its rows in another order";
            log.warn(
                    "the input of feed {} may have {} when Spark computes it again (it is {}): a feed task that is repeated would lose"
                            + " some rows and repeat others. Pin it with FeedInput.checkpointed(), sort it within its partitions"
                            + " by a key, or write it to files first.",
                    feed,
                    what,
                    level);
        }
    }
}
