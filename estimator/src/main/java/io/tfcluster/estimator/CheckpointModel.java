package io.tfcluster.estimator;

import io.tfcluster.training.CheckpointConfig;
import io.tfcluster.training.InputSpec;
import io.tfcluster.training.ModelFunction;
import io.tfcluster.training.Optimizer;
import io.tfcluster.training.Trainer;
import io.tfcluster.training.TrainerConfig;
import io.tfcluster.training.TrainingListener;
import io.tfcluster.training.ring.Ring;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.util.ShutdownHookManager;

/** Makes a SavedModel of the newest checkpoint and the function that it was trained with, on the driver. */
final class CheckpointModel {
    private CheckpointModel() {}

    /**
     * Exports into a temporary folder that is deleted with this process.
     *
     * @throws IllegalArgumentException if there is no checkpoint, or it is none of this function's
     */
    static Path export(ModelFunction function, List<InputSpec> inputs, String modelDir, Configuration conf) {
        TrainerConfig config = TrainerConfig.builder(Optimizer.sgd(0))
                .checkpoints(CheckpointConfig.in(modelDir)
                        .resume(true)
                        .newOptimizer(true)
                        .hadoop(settings(conf)))
                .build();
        try (Trainer trainer = Trainer.allReduce(function, inputs, config, Ring.single(), TrainingListener.none())) {
            if (trainer.restored().isEmpty()) {
                throw new IllegalArgumentException("no checkpoint in modelDir " + modelDir
                        + "; set it to the folder that a training saves in, or set exportDir to a SavedModel");
            }
            Path folder = Files.createTempDirectory("tfcluster-model-");
            ShutdownHookManager.registerShutdownDeleteDir(folder.toFile());
            Path export = folder.resolve("export");
            trainer.exportSavedModel(export);
            return export;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make a temporary folder for the model of " + modelDir + ": " + e, e);
        }
    }

    private static Map<String, String> settings(Configuration conf) {
        Map<String, String> settings = new LinkedHashMap<>();
        conf.forEach(entry -> settings.put(entry.getKey(), entry.getValue()));
        return settings;
    }
}
