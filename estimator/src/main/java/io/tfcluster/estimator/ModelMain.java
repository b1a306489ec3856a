package io.tfcluster.estimator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tfcluster.NodeContext;
import io.tfcluster.TFMain;
import io.tfcluster.records.FileShards;
import io.tfcluster.reservation.Role;
import io.tfcluster.training.BatchSource;
import io.tfcluster.training.EpochResult;
import io.tfcluster.training.ExportConfig;
import io.tfcluster.training.FitOptions;
import io.tfcluster.training.ModelFunction;
import io.tfcluster.training.SavedCheckpoint;
import io.tfcluster.training.Trainer;
import io.tfcluster.training.TrainingSummary;
import io.tfcluster.training.Trigger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What each process of an estimator's cluster does for a model function: learn, validate, export, tell.
 *
 * @param export without the folder, which the args have
 */
record ModelMain(ModelFunction model, ExportConfig export) implements TFMain<FitArgs> {
    /** Under which name the chief leaves its {@link FitSummary}, as JSON. */
    static final String RESULT = "fit";

    private static final int EPOCHS_TOLD = 1_000; // a message to the driver holds 1 MiB
    private static final String TRAIN = "train";
    private static final String VALIDATION = "validation";

    @Override
    public void run(FitArgs args, NodeContext ctx) {
        if (ctx.role() == Role.PS) {
            ctx.serveUntilStopped();
            return;
        }
        FileShards files = args.trainFiles().orElse(null);
        if (files == null) {
            try (Trainer trainer = ctx.trainer(model, args.trainer())) {
                finish(
                        args,
                        ctx,
                        trainer,
                        trainer.fit(
                                ctx.batches(TRAIN), options(args, args.validates() ? ctx.batches(VALIDATION) : null)));
            }
            return;
        }
        try (Trainer trainer = ctx.trainer(model, FeedColumns.inputs(args.schema()), args.trainer())) {
            long first = trainer.restored().map(SavedCheckpoint::epoch).orElse(-1L) + 1;
            try (RecordBatches train = RecordBatches.open(args, shard(files, ctx), first)) {
                FileShards others = args.validationFiles().orElse(null);
                if (others == null) {
                    finish(args, ctx, trainer, trainer.fit(train, options(args, null)));
                    return;
                }
                try (RecordBatches validation = RecordBatches.open(args, shard(others, ctx), first)) {
                    finish(args, ctx, trainer, trainer.fit(train, options(args, validation)));
                }
            }
        }
    }

    private static List<String> shard(FileShards files, NodeContext ctx) {
        return files.shardOrEmpty(ctx.rank(), ctx.numWorkers());
    }

    private static FitOptions options(FitArgs args, @Nullable BatchSource validation) {
        FitOptions.Builder options =
                FitOptions.builder().every(Trigger.epochs(1), moment -> {}); // so that epochs are told apart
        if (validation != null) {
            options.validation(validation);
        }
        args.earlyStopping().ifPresent(options::earlyStopping);
        return options.build();
    }

    private void finish(FitArgs args, NodeContext ctx, Trainer trainer, TrainingSummary done) {
        trainer.export(new ExportConfig(args.exportDir(), export.signatures(), export.assets(), export.hadoop()));
        if (ctx.isChief()) {
            ctx.result(RESULT, json(done));
        }
    }

    private static String json(TrainingSummary done) {
        List<EpochResult> epochs = done.epochs();
        Map<String, Double> metrics = new LinkedHashMap<>(done.metrics());
        double loss = done.loss();
        if (!epochs.isEmpty()) {
            EpochResult last = epochs.get(epochs.size() - 1);
            loss = last.loss();
            metrics.putAll(last.metrics());
        }
        FitSummary summary = new FitSummary(
                done.steps(),
                done.globalRows(),
                loss,
                metrics,
                epochs.subList(Math.max(0, epochs.size() - EPOCHS_TOLD), epochs.size()),
                done.stoppedEarly(),
                done.elapsed().toMillis() / 1000.0,
                0);
        try {
            return new ObjectMapper().writeValueAsString(summary);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot tell what the training did: " + e.getMessage(), e);
        }
    }

    /** Reads what the chief has left. */
    static FitSummary read(String json) {
        try {
            return new ObjectMapper().readValue(json, FitSummary.class);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot read what the training did: " + e.getMessage(), e);
        }
    }
}
