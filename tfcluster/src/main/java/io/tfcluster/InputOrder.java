package io.tfcluster;

import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.spark.OneToOneDependency;
import org.apache.spark.rdd.DeterministicLevel;
import org.apache.spark.rdd.RDD;
import org.apache.spark.storage.StorageLevel;
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
        boolean unordered = level.equals(DeterministicLevel.UNORDERED());
        if (level.equals(DeterministicLevel.DETERMINATE()) || (unordered && isKept(rdd))) {
            return;
        }
        if (warned.compareAndSet(false, true)) {
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

    /** Warns, once per flag, if another run could meet the rows in another order: a feed that is resumed goes on after the rows that are done. */
    static void warnResumed(RDD<?> rdd, String feed, AtomicBoolean warned) {
        Enumeration.Value level = rdd.outputDeterministicLevel();
        if (!level.equals(DeterministicLevel.DETERMINATE()) && warned.compareAndSet(false, true)) {
            log.warn(
                    "the input of feed {} may have its rows in another order when it is resumed, or fed again after a restart (it is {}): some"
                            + " would be lost and others repeated. Sort it within its partitions by a key, or write it to files first.",
                    feed,
                    level);
        }
    }

    /** Whether its rows are persisted, or follow row by row from some that are: then a repeated task meets them in the same order. */
    private static boolean isKept(RDD<?> rdd) {
        if (!rdd.getStorageLevel().equals(StorageLevel.NONE())) {
            return true;
        }
        return rdd.dependencies().size() == 1
                && rdd.dependencies().head() instanceof OneToOneDependency<?> parent
                && isKept(parent.rdd());
    }
}
