package io.tfcluster.estimator;

import java.io.Serializable;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.jspecify.annotations.Nullable;

/**
 * The model that tasks ask, as the driver saw it, and how they come to it.
 *
 * @param versions where newer ones appear, null if this one is to stay
 */
record TaskModel(
        TransformPlan plan, TaskFiles files, @Nullable VersionOrder versions) implements Serializable {
    /**
     * Takes the model from the cache of this process, or a newer version of it.
     *
     * @throws RuntimeException if it cannot be loaded
     */
    OpenModel open() {
        return versions == null
                ? open(plan, files)
                : VersionWatch.of(plan, versions).open(files);
    }

    /** Takes just this model. */
    static OpenModel open(TransformPlan plan, TaskFiles files) {
        SparkConf conf = SparkEnv.get().conf();
        ModelCache.Lease lease = ModelCache.ofProcess()
                .lease(
                        new ModelCache.Key(
                                plan.source(), threads(plan, conf), plan.run().child()),
                        ModelCache.Limits.of(conf),
                        files);
        try {
            return new OpenModel(plan, lease, new BatchRunner(plan, lease.model()));
        } catch (RuntimeException e) {
            lease.close();
            throw e;
        }
    }

    /** All tasks share the session, so it has as many threads as the executor has cores for them. */
    static int threads(TransformPlan plan, SparkConf conf) {
        if (plan.run().threads() > 0) {
            return plan.run().threads();
        }
        int cores = conf.getInt("spark.executor.cores", 0);
        return cores > 0 ? cores : Runtime.getRuntime().availableProcessors();
    }
}
