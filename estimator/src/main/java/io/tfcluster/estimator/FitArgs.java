package io.tfcluster.estimator;

import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.records.FileShards;
import io.tfcluster.training.EarlyStopping;
import io.tfcluster.training.TrainerConfig;
import java.io.Serializable;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a main function is told by the {@link TFEstimator} that runs it: its Params, and what was made of them.
 *
 * <p>Made by the estimator for each process of the cluster; a value. A main function reads the feed {@code train} (and {@code validation}, if
 * there is one), or the files given here, learns, and has one process write a SavedModel to {@link #exportDir()}:
 *
 * <pre>{@code
 * TFMain<FitArgs> main = (args, ctx) -> {
 *     try (Trainer trainer = ctx.trainer(MyModel::build, args.trainer())) {
 *         trainer.fit(ctx.batches("train"));
 *         trainer.export(ExportConfig.to(args.exportDir()));
 *     }
 * };
 * TFModel model = new TFEstimator(main).setEpochs(3).fit(rows);
 * }</pre>
 */
public final class FitArgs implements Serializable {
    private static final long serialVersionUID = 1L;

    private final FeedSchema schema;
    private final String exportDir;
    private final TrainerConfig trainer;
    private final @Nullable EarlyStopping earlyStopping;
    private final boolean validates;
    private final @Nullable FileShards trainFiles;
    private final @Nullable FileShards validationFiles;
    private final int batchSize;
    private final int epochs;
    private final int readers;
    private final long steps;
    private final long seed;

    /**
     * Takes what the estimator's Params do not say by themselves.
     *
     * @param trainFiles null if rows are fed
     * @param validationFiles null if rows are fed, or there is no validation
     */
    FitArgs(
            TFEstimator estimator,
            FeedSchema schema,
            String exportDir,
            TrainerConfig trainer,
            @Nullable EarlyStopping earlyStopping,
            boolean validates,
            @Nullable FileShards trainFiles,
            @Nullable FileShards validationFiles) {
        this.schema = schema;
        this.exportDir = exportDir;
        this.trainer = trainer;
        this.earlyStopping = earlyStopping;
        this.validates = validates;
        this.trainFiles = trainFiles;
        this.validationFiles = validationFiles;
        this.batchSize = estimator.getBatchSize();
        this.epochs = estimator.getEpochs();
        this.readers = estimator.getReaders();
        this.steps = estimator.getSteps();
        this.seed = estimator.getSeed();
    }

    /** Returns the columns of the rows, which are the model's inputs; with a weightCol the last one is {@value FitData#WEIGHTS}. */
    public FeedSchema schema() {
        return schema;
    }

    /** Returns where the SavedModel goes: a folder that is not there yet, as a URI. */
    public String exportDir() {
        return exportDir;
    }

    /** Returns batch size, optimizer, seed, step limit, checkpoints and weights as the Params have them. */
    public TrainerConfig trainer() {
        return trainer;
    }

    /** Returns when to end early, if so. */
    public Optional<EarlyStopping> earlyStopping() {
        return Optional.ofNullable(earlyStopping);
    }

    /** Returns whether there are rows to validate with: an epoch of the feed {@code validation} after each one of {@code train}. */
    public boolean validates() {
        return validates;
    }

    /** Returns the TFRecord files to learn, in input mode TENSORFLOW; take {@code shardOrEmpty(ctx.rank(), ctx.numWorkers())}. */
    public Optional<FileShards> trainFiles() {
        return Optional.ofNullable(trainFiles);
    }

    /** Returns the TFRecord files to validate with, in input mode TENSORFLOW. */
    public Optional<FileShards> validationFiles() {
        return Optional.ofNullable(validationFiles);
    }

    /** Returns the most rows of one step of one process. */
    public int batchSize() {
        return batchSize;
    }

    /** Returns how often all rows come, or are to be read. */
    public int epochs() {
        return epochs;
    }

    /** Returns how many threads are to read files. */
    public int readers() {
        return readers;
    }

    /** Returns the update to end after, 0 for none. */
    public long steps() {
        return steps;
    }

    /** Returns the seed. */
    public long seed() {
        return seed;
    }
}
