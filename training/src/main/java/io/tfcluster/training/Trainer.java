package io.tfcluster.training;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.Tensor;

/** Teaches a model with the rows of one process, together with its peers. */
@SuppressWarnings({"DoNotCallSuggester", "UnusedVariable"}) // filled in by the next commit
public final class Trainer implements AutoCloseable {
    private Trainer() {}

    /** All-reduce. */
    public static Trainer allReduce(
            ModelFunction model, List<InputSpec> inputs, TrainerConfig config, Ring ring, TrainingListener listener) {
        throw new UnsupportedOperationException("not yet");
    }

    /** Asynchronous parameter servers. */
    public static Trainer parameterServer(
            ModelFunction model,
            List<InputSpec> inputs,
            TrainerConfig config,
            ParameterServers servers,
            TrainingListener listener) {
        throw new UnsupportedOperationException("not yet");
    }

    /** Trains. */
    public TrainingSummary fit(BatchSource source) {
        throw new UnsupportedOperationException("not yet");
    }

    /** Evaluates. */
    public Map<String, Double> evaluate(BatchSource source) {
        throw new UnsupportedOperationException("not yet");
    }

    /** Predicts. */
    public Map<String, Tensor> predict(Map<String, ? extends Tensor> inputs) {
        throw new UnsupportedOperationException("not yet");
    }

    /** Exports. */
    public void exportSavedModel(Path dir) {
        exportSavedModel(dir, Optional.empty());
    }

    /** Exports. */
    public void exportSavedModel(Path dir, ServingFunction serving) {
        exportSavedModel(dir, Optional.of(serving));
    }

    private void exportSavedModel(Path dir, Optional<ServingFunction> serving) {
        throw new UnsupportedOperationException("not yet");
    }

    /** Steps so far. */
    public long step() {
        throw new UnsupportedOperationException("not yet");
    }

    /** Closes. */
    @Override
    public void close() {}
}
