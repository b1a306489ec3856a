package io.tfcluster.killmatrix;

import io.tfcluster.tests.harness.LocalSpark;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The Spark application that the cases share; begun anew when an executor did not come back. */
final class Sparks implements AutoCloseable {
    static final int EXECUTORS = 2;

    private @Nullable LocalSpark spark;

    static Map<String, String> settings() {
        Map<String, String> settings = new TreeMap<>();
        GatedFileSystem.settings().forEach((key, value) -> settings.put("spark.hadoop." + key, value));
        settings.put("spark.executor.extraJavaOptions", "-Dlog4j2.configurationFile=killmatrix-log4j2.properties");
        settings.put("spark.task.reaper.enabled", "false");
        return settings;
    }

    LocalSpark get() {
        LocalSpark now = spark;
        if (now != null) {
            try {
                now.awaitExecutors(EXECUTORS);
                return now;
            } catch (IllegalStateException e) {
                now.close();
            }
        }
        LocalSpark fresh = LocalSpark.cluster(EXECUTORS, 2, settings());
        spark = fresh;
        return fresh;
    }

    @Override
    public void close() {
        LocalSpark now = spark;
        spark = null;
        if (now != null) {
            now.close();
        }
    }
}
