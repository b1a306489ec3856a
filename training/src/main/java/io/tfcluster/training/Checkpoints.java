package io.tfcluster.training;

import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tensorflow.Tensor;
import org.tensorflow.TensorBytes;
import org.tensorflow.proto.DataType;

/**
 * Saves a training and brings it back. All workers that share the variables call {@link #save} after the same step; rank 0 alone touches
 * the folder.
 */
final class Checkpoints {
    private static final Logger log = LoggerFactory.getLogger(Checkpoints.class);

    private final CheckpointConfig config;
    private final StateGraph state;
    private final Strategy strategy;
    private final long seed;
    private final Duration limit;
    private final boolean stopOnBadLoss;
    private @Nullable CheckpointFolder folder;
    private @Nullable SavedCheckpoint restored;
    private long lastStep = -1;
    private boolean warnedOfMetric;

    Checkpoints(CheckpointConfig config, TrainerConfig trainer, StateGraph state, Strategy strategy) {
        this.config = config;
        this.state = state;
        this.strategy = strategy;
        this.seed = trainer.seed();
        this.limit = trainer.stepTimeout();
        this.stopOnBadLoss = trainer.stopOnBadLoss();
    }

    /** Returns when to save. */
    Trigger every() {
        return config.every();
    }

    /** Returns what this training went on from. */
    Optional<SavedCheckpoint> restored() {
        return Optional.ofNullable(restored);
    }

    /** Remembers what the strategy restored. */
    void restored(SavedCheckpoint checkpoint) {
        restored = checkpoint;
        lastStep = checkpoint.step();
        log.info("{} goes on from checkpoint {}, step {}", strategy.self(), checkpoint.path(), checkpoint.step());
        if (checkpoint.seed() != seed) {
            log.warn(
                    "checkpoint {} was made with seed {}, this training has seed {}: random numbers will be others",
                    checkpoint.path(),
                    checkpoint.seed(),
                    seed);
        }
    }

    /**
     * Reads the newest whole checkpoint for a training that begins; on rank 0.
     *
     * @throws IllegalStateException if there is one but the config does not resume
     */
    Optional<SavedState> first() {
        CheckpointFolder opened = folder();
        opened.clean();
        if (!config.resume()) {
            List<Long> steps = opened.steps();
            if (!steps.isEmpty()) {
                throw new IllegalStateException(config.folder() + " holds checkpoints of steps " + steps
                        + "; go on from them with CheckpointConfig.resume(true), or give another folder");
            }
            return Optional.empty();
        }
        return config.resumeStep() < 0 ? newest() : Optional.of(load(opened.rollBackTo(config.resumeStep())));
    }

    /** Reads the newest whole checkpoint, also one of this training; on rank 0. */
    Optional<SavedState> newest() {
        return folder().newest(true).map(this::load);
    }

    /** Reads the one with the best metric, if it is there; on rank 0. */
    Optional<SavedState> best() {
        return folder().best().map(this::load);
    }

    private SavedState load(CheckpointFolder.Opened found) {
        try (found) {
            return folder().load(found, state, limit);
        }
    }

    /**
     * Gives variables, slots and global step the values of the newest checkpoint, after a parameter server came back without them; on
     * rank 0.
     *
     * @param session where to set them
     * @throws IllegalStateException if there is no checkpoint yet
     */
    void restoreLost(TrainSession session) {
        try (SavedState found = newest().orElseThrow(() -> new IllegalStateException(
                "there is no checkpoint in " + config.folder() + " yet to restore lost variables from; train again"))) {
            state.assign(session, found.tensors(), strategy.self());
            lastStep = found.checkpoint().step();
        }
    }

    /**
     * Sets variables, slots and step on all workers to those of the best checkpoint; all call it.
     *
     * @return the checkpoint, or nothing if none had the metric
     */
    Optional<SavedCheckpoint> restoreBest() {
        Optional<SavedCheckpoint> best = strategy.restore(this::best);
        best.ifPresent(checkpoint -> lastStep = checkpoint.step());
        return best;
    }

    /**
     * Saves. Workers that step together all call it after the same step; of others rank 0 saves by itself, with the positions that the
     * others' updates wrote.
     * Does nothing if the step is saved already, or is none.
     *
     * @param position this worker's {@link BatchSource#position()}
     * @throws IllegalStateException on all workers, if rank 0 could not write, or a variable is NaN or infinite and the training is to stop
     *     then; the checkpoint before is untouched
     */
    void save(long step, long epoch, Map<String, Double> metrics, String position) {
        if (step == 0 || step == lastStep) {
            return;
        }
        if (strategy.stepsTogether()) {
            List<String> positions = strategy.gather(position);
            strategy.alone("saving step " + step, () -> write(step, epoch, metrics, positions));
        } else if (strategy.ownsVariables()) {
            write(step, epoch, metrics, List.of(position)); // the others are somewhere else: nobody waits
        }
        lastStep = step;
    }

    private void write(long step, long epoch, Map<String, Double> metrics, List<String> positions) {
        SavedCheckpoint standing = new SavedCheckpoint(config.folder(), step, epoch, seed, positions, metrics);
        if (!config.bestMetric().isEmpty() && !standing.metrics().containsKey(config.bestMetric()) && !warnedOfMetric) {
            warnedOfMetric = true;
            log.warn(
                    "checkpoint of step {} has no metric \"{}\" to be the best by; it has {}",
                    standing.step(),
                    config.bestMetric(),
                    standing.metrics().keySet());
        }
        try (SavedState now = strategy.snapshot(state, standing)) {
            String bad = notFinite(now.tensors());
            if (bad != null) {
                String text = bad + " after step " + standing.step() + "; it is not saved, the last good checkpoint in "
                        + config.folder() + " stays";
                if (stopOnBadLoss) {
                    throw new IllegalStateException(text + ". Lower the learning rate or look at the rows.");
                }
                log.warn("{}", text);
                return;
            }
            SavedCheckpoint written = folder().write(now.checkpoint(), state, now.tensors(), limit);
            log.info("saved checkpoint {}", written.path());
        }
    }

    private static @Nullable String notFinite(Map<String, Tensor> tensors) {
        for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
            if (entry.getValue().dataType() == DataType.DT_FLOAT) {
                FloatBuffer floats = TensorBytes.of(entry.getValue()).asFloatBuffer();
                while (floats.hasRemaining()) {
                    float value = floats.get();
                    if (!Float.isFinite(value)) {
                        return "variable \"" + entry.getKey() + "\" has " + value + " in it";
                    }
                }
            }
        }
        return null;
    }

    private CheckpointFolder folder() {
        CheckpointFolder opened = folder;
        if (opened == null) {
            opened = new CheckpointFolder(config);
            folder = opened;
        }
        return opened;
    }
}
