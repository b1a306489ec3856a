package io.tfcluster;

import io.tfcluster.training.Summaries;
import io.tfcluster.training.SummaryStore;
import io.tfcluster.training.SummaryWriter;
import io.tfcluster.training.TrainerConfig;
import java.util.Optional;

/**
 * Where a node's event files go: below the cluster's log folder, on this host or one of Hadoop's file systems.
 *
 * @param index of the node within its role
 * @param folder of the node, for files that are copied elsewhere
 */
record NodeSummaries(LaunchPlan plan, int index, String folder) {
    /** Opens a run of its own in TensorBoard. */
    SummaryWriter writer(String name) {
        String directory = directory()
                .orElseThrow(() -> new IllegalStateException(
                        "there is no folder for event files; name one with ClusterConfig logDir(path)"));
        return SummaryWriter.open(directory + "/" + name, store());
    }

    /** Returns the config with the cluster's log folder if it names none itself, and a way to Hadoop's file systems. */
    TrainerConfig in(TrainerConfig config) {
        return config.summaries()
                .or(() -> directory().map(Summaries::in))
                .map(summaries -> summaries.store().isPresent() ? summaries : summaries.store(store()))
                .map(config::withSummaries)
                .orElse(config);
    }

    /** Independent copies must not write over each other's curves. */
    private Optional<String> directory() {
        return plan.eventFolder().map(logDir -> plan.independent() ? logDir + "/copy-" + index : logDir);
    }

    private SummaryStore store() {
        return new HadoopSummaryStore(plan.defaultFs(), folder);
    }
}
