package io.tfcluster;

import io.tfcluster.feeding.FeedException;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.spark.SparkContext;
import org.jspecify.annotations.Nullable;

/**
 * Runs the cluster's own Spark jobs in a job group of its own, from the caller's thread, and puts the caller's group back afterwards: only
 * our jobs are ever cancelled.
 */
final class SparkJobs {
    static final String GROUP_PROPERTY = "spark.jobGroup.id"; // private in SparkContext.scala, stable since 0.8
    private static final String[] PROPERTIES = {GROUP_PROPERTY, "spark.job.description", "spark.job.interruptOnCancel"};

    private final SparkContext sc;
    private final String group;

    SparkJobs(SparkContext sc, String group) {
        this.sc = sc;
        this.group = group;
    }

    SparkContext context() {
        return sc;
    }

    /** Returns the cause in one of Spark's exceptions that says most: a feed's error, or what lies at the bottom. */
    static Throwable rootCause(Throwable error) {
        return causes(error)
                .filter(
                        FeedException.class
                                ::isInstance) // it names feed, partition and row, which what caused it does not
                .findFirst()
                .orElseGet(() -> deepest(error));
    }

    private static Stream<Throwable> causes(Throwable error) {
        return Stream.iterate(error, Objects::nonNull, Throwable::getCause);
    }

    private static Throwable deepest(Throwable error) {
        return causes(error).reduce((outer, inner) -> inner).orElse(error);
    }

    /** Runs or submits a job. */
    <R> R run(String description, Supplier<R> job) {
        @Nullable String[] before = new @Nullable String[PROPERTIES.length];
        for (int i = 0; i < PROPERTIES.length; i++) {
            before[i] = sc.getLocalProperty(PROPERTIES[i]);
        }
        sc.setJobGroup(group, description, true);
        try {
            return job.get();
        } finally {
            for (int i = 0; i < PROPERTIES.length; i++) {
                sc.setLocalProperty(PROPERTIES[i], before[i]);
            }
        }
    }

    /** Cancels what runs in the group, interrupting its tasks; does nothing once the SparkContext has been stopped. */
    void cancel() {
        if (!sc.isStopped()) {
            sc.cancelJobGroup(group);
        }
    }
}
