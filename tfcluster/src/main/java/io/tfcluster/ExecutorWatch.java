package io.tfcluster;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.jspecify.annotations.Nullable;

/** Remembers which executors Spark has removed, and why: whatever ran there can no longer say so itself. */
final class ExecutorWatch extends SparkListener implements AutoCloseable {
    private final Map<String, String> removed = new ConcurrentHashMap<>();
    private volatile @Nullable SparkContext context;

    /** Begins to listen. */
    void listen(SparkContext sc) {
        context = sc;
        sc.addSparkListener(this);
    }

    @Override
    public void onExecutorRemoved(SparkListenerExecutorRemoved event) {
        removed.put(event.executorId(), String.valueOf(event.reason()).strip());
    }

    /** Returns Spark's reason, if it has removed the executor. */
    Optional<String> reason(String executorId) {
        return Optional.ofNullable(removed.get(executorId));
    }

    /** Listens no longer; what is known stays known. */
    @Override
    public void close() {
        SparkContext sc = context;
        if (sc != null && !sc.isStopped()) {
            sc.removeSparkListener(this);
        }
    }
}
