package io.tfcluster.training;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Trainer} writes for TensorBoard, where and how often.
 *
 * <p>Rank 0 writes: what training steps report to {@code directory/train}, what evaluations report to {@code directory/validation}, under
 * the same tags and over the global step, so that the curves lie over each other. With parameter servers these are rank 0's own rows.
 * Scalars are {@code loss}, the metrics by name, {@code learning_rate}, {@code rows_per_second} and {@code feed_wait}, the share of the time
 * that the trainer waited for rows.
 *
 * <pre>{@code
 * TrainerConfig.builder(Optimizer.adam(0.001))
 *         .summaries(Summaries.in("logs/run-7").histograms(Trigger.epochs(1)))
 *         .build()
 * }</pre>
 */
public final class Summaries implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final int PICTURES = 3;

    private final String directory;
    private final Trigger scalars;
    private final @Nullable Trigger histograms;
    private final Trigger images;
    private final int imageCount;
    private final boolean graph;
    private final @Nullable SummaryStore store;

    private Summaries(
            String directory,
            Trigger scalars,
            @Nullable Trigger histograms,
            Trigger images,
            int imageCount,
            boolean graph,
            @Nullable SummaryStore store) {
        this.directory = directory;
        this.scalars = scalars;
        this.histograms = histograms;
        this.images = images;
        this.imageCount = imageCount;
        this.graph = graph;
        this.store = store;
    }

    /**
     * Returns summaries with scalars every 10 steps, the graph, and, if the model gives images, three of them every 100 steps.
     *
     * @param directory a local path, or one with a scheme for which there is a {@link #store}; made if it is not there
     */
    public static Summaries in(String directory) {
        return new Summaries(
                requireNonNull(directory, "directory"),
                Trigger.steps(10),
                null,
                Trigger.steps(100),
                PICTURES,
                true,
                null);
    }

    /** Returns these with scalars at other times. */
    public Summaries scalars(Trigger trigger) {
        requireNonNull(trigger, "trigger");
        return new Summaries(directory, trigger, histograms, images, imageCount, graph, store);
    }

    /** Returns these with a histogram of each variable's values, which costs reading all variables each time. */
    public Summaries histograms(Trigger trigger) {
        requireNonNull(trigger, "trigger");
        return new Summaries(directory, scalars, trigger, images, imageCount, graph, store);
    }

    /**
     * Returns these with the first pictures of a batch at other times, beside those of the first step. They are those of rank 0's batch, of
     * each {@link ModelSpec.Builder#image}.
     *
     * @param count how many of a batch, 1 or more
     */
    public Summaries images(Trigger trigger, int count) {
        requireNonNull(trigger, "trigger");
        if (count < 1) {
            throw new IllegalArgumentException("images need a count of 1 or more, got " + count);
        }
        return new Summaries(directory, scalars, histograms, trigger, count, graph, store);
    }

    /** Returns these with or without the graph. */
    public Summaries graph(boolean wanted) {
        return new Summaries(directory, scalars, histograms, images, imageCount, wanted, store);
    }

    /** Returns these with a store for a directory that is no folder of this host; a cluster's nodes bring one for Hadoop's file systems. */
    public Summaries store(SummaryStore store) {
        requireNonNull(store, "store");
        return new Summaries(directory, scalars, histograms, images, imageCount, graph, store);
    }

    /** Returns where the event files go. */
    public String directory() {
        return directory;
    }

    /** Returns the store for directories that are no folders of this host. */
    public Optional<SummaryStore> store() {
        return Optional.ofNullable(store);
    }

    Trigger scalars() {
        return scalars;
    }

    @Nullable
    Trigger histograms() {
        return histograms;
    }

    Trigger images() {
        return images;
    }

    int imageCount() {
        return imageCount;
    }

    boolean graph() {
        return graph;
    }

    /** Opens a writer below the directory. */
    SummaryWriter open(String run) {
        String path = directory.replaceAll("(?<=.)/+$", "") + "/" + run;
        return store == null ? SummaryWriter.open(path) : SummaryWriter.open(path, store);
    }
}
