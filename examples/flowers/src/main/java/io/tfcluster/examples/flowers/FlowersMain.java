package io.tfcluster.examples.flowers;

import io.tfcluster.NodeContext;
import io.tfcluster.reservation.Role;
import io.tfcluster.training.ExportConfig;
import io.tfcluster.training.ModelFunction;
import io.tfcluster.training.Trainer;
import io.tfcluster.training.TrainerConfig;
import io.tfcluster.training.TrainingSummary;
import java.io.Serializable;

/** What the nodes of the training cluster do: learn from the feed {@code train}, export, answer the feed {@code inference}. */
final class FlowersMain {

    static final String TRAIN = "train";
    static final String INFERENCE = "inference";
    private static final int ANSWER_ROWS = 32;

    private FlowersMain() {}

    /**
     * What each node is given.
     *
     * @param model the network
     * @param config how it learns
     * @param serving what comes before the network in the export
     * @param exportFolder where the chief writes the SavedModel
     */
    record Plan(ModelFunction model, TrainerConfig config, Serving serving, String exportFolder)
            implements Serializable {}

    static void run(Plan plan, NodeContext ctx) {
        if (ctx.role() == Role.PS) {
            ctx.serveUntilStopped();
            return;
        }
        try (Trainer trainer = ctx.trainer(plan.model(), plan.config())) {
            TrainingSummary summary = trainer.fit(ctx.batches(TRAIN));
            ctx.result("steps", String.valueOf(summary.steps()));
            ctx.result("rows", String.valueOf(summary.rows()));
            trainer.export(ExportConfig.to(plan.exportFolder())
                    .signature(ExportConfig.DEFAULT_SIGNATURE, plan.serving().on(ctx::addedFile)));
            ctx.result("export", plan.exportFolder());
            ctx.answer(INFERENCE, trainer, ANSWER_ROWS);
        }
    }
}
