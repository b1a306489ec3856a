package io.tfcluster;

import static java.util.Objects.requireNonNull;

import io.tfcluster.training.ModelFunction;
import io.tfcluster.training.TrainerConfig;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What {@link TFCluster#check} looks at besides what every cluster needs. Each method returns new options.
 *
 * <pre>{@code
 * CheckOptions options = CheckOptions.none()
 *         .path("hdfs:///models/flowers")
 *         .model(Flowers::model, trainerConfig, FeedInput.of(rows));
 * }</pre>
 */
public final class CheckOptions {
    private static final Duration DEFAULT_TIMEOUT = Duration.ofMinutes(3);

    /** A check of the user's. */
    record Everywhere(String topic, HostCheck check, String advice) implements Serializable {}

    /** A model with rows to try it on. */
    record Model(ModelFunction function, TrainerConfig trainer, FeedInput rows) {}

    private final List<String> paths;
    private final List<Everywhere> everywhere;
    private final Optional<Model> model;
    private final long modelBytes;
    private final Duration timeout;

    private CheckOptions(
            List<String> paths, List<Everywhere> everywhere, Optional<Model> model, long modelBytes, Duration timeout) {
        this.paths = List.copyOf(paths);
        this.everywhere = List.copyOf(everywhere);
        this.model = model;
        this.modelBytes = modelBytes;
        this.timeout = timeout;
    }

    /** Returns options that add nothing. */
    public static CheckOptions none() {
        return new CheckOptions(List.of(), List.of(), Optional.empty(), 0, DEFAULT_TIMEOUT);
    }

    /**
     * Adds a folder that driver and nodes share, for checkpoints or models: each must be able to write there, and to read what the others
     * wrote. Without a scheme it is a path of each host. What the check writes there it deletes again.
     */
    public CheckOptions path(String folder) {
        List<String> more = new ArrayList<>(paths);
        more.add(requireNonNull(folder, "folder"));
        return new CheckOptions(more, everywhere, model, modelBytes, timeout);
    }

    /**
     * Adds a check of one's own, on the driver and every executor.
     *
     * @param topic one or two words for the table
     * @param advice what to do when it throws
     */
    public CheckOptions everywhere(String topic, HostCheck check, String advice) {
        if (advice.isBlank()) {
            throw new IllegalArgumentException("the check of " + topic + " needs advice for when it fails");
        }
        List<Everywhere> more = new ArrayList<>(everywhere);
        more.add(new Everywhere(requireNonNull(topic, "topic"), requireNonNull(check, "check"), advice));
        return new CheckOptions(paths, more, model, modelBytes, timeout);
    }

    /**
     * Puts one batch through a model in a cluster of one node, forwards and backwards. Nothing is kept: checkpoints and summaries of the
     * trainer are left out.
     *
     * @param trainer its optimizer, batch size and weights are used
     * @param rows any number of rows, of which one batch is taken, as the feed {@code train} of the cluster has them
     */
    public CheckOptions model(ModelFunction function, TrainerConfig trainer, FeedInput rows) {
        return new CheckOptions(
                paths,
                everywhere,
                Optional.of(new Model(
                        requireNonNull(function, "function"),
                        requireNonNull(trainer, "trainer"),
                        requireNonNull(rows, "rows"))),
                modelBytes,
                timeout);
    }

    /** Says how many bytes the model's variables have; the check of memory counts them four times, for gradient and two slots. */
    public CheckOptions modelBytes(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("modelBytes must be 0 or more, got " + bytes);
        }
        return new CheckOptions(paths, everywhere, model, bytes, timeout);
    }

    /** Limits the wait for the executors' answers, and that for the batch; default 3 minutes. */
    public CheckOptions timeout(Duration limit) {
        return new CheckOptions(paths, everywhere, model, modelBytes, ClusterSettings.positive(limit, "timeout"));
    }

    List<String> paths() {
        return paths;
    }

    List<Everywhere> everywhere() {
        return everywhere;
    }

    Optional<Model> model() {
        return model;
    }

    long modelBytes() {
        return modelBytes;
    }

    Duration timeout() {
        return timeout;
    }
}
