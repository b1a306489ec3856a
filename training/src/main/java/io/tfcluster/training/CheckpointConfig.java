package io.tfcluster.training;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.util.Map;

/**
 * Where and when a training is saved, and whether it goes on from what was saved.
 *
 * <p>A value; each method returns another one.
 *
 * <pre>{@code
 * CheckpointConfig.in("hdfs://names:8020/runs/flowers").every(Trigger.steps(500)).keep(3).keepBest("accuracy", CheckpointConfig.Goal.MAX).resume(true)
 * }</pre>
 *
 * @param folder a path, or a URI of a Hadoop file system; rank 0 alone writes and reads it. One training at a time uses it
 * @param every when to save, by default after each epoch
 * @param keep how many of the newest stay, by default 5
 * @param bestMetric whose best value's checkpoint stays too, "" for none
 * @param goal which value of it is the best
 * @param resume whether to go on from the newest whole checkpoint, if there is one; if not, the folder must have none
 * @param resumeStep step of the one checkpoint to go on from, -1 for the newest
 * @param newOptimizer whether a checkpoint may come from another optimizer; what this one needs then begins afresh
 * @param hadoop settings for Hadoop file systems, beside those of the class path
 */
public record CheckpointConfig(
        String folder,
        Trigger every,
        int keep,
        String bestMetric,
        Goal goal,
        boolean resume,
        long resumeStep,
        boolean newOptimizer,
        Map<String, String> hadoop)
        implements Serializable {
    /** Which value of a metric is the best. */
    public enum Goal {
        /** The smallest, as of a loss. */
        MIN,
        /** The largest, as of an accuracy. */
        MAX
    }

    /** Checks the folder and the number. */
    public CheckpointConfig {
        requireNonNull(every, "every");
        requireNonNull(bestMetric, "bestMetric");
        requireNonNull(goal, "goal");
        hadoop = Map.copyOf(hadoop);
        if (folder.isBlank()) {
            throw new IllegalArgumentException("checkpoints need a folder, got \"" + folder + "\"");
        }
        if (keep < 1) {
            throw new IllegalArgumentException("1 or more checkpoints must be kept, got " + keep);
        }
    }

    /** Returns checkpoints in a folder, after each epoch, of which the newest 5 stay. */
    public static CheckpointConfig in(String folder) {
        return new CheckpointConfig(folder, Trigger.epochs(1), 5, "", Goal.MIN, false, -1, false, Map.of());
    }

    /** Sets when to save. */
    public CheckpointConfig every(Trigger trigger) {
        return new CheckpointConfig(folder, trigger, keep, bestMetric, goal, resume, resumeStep, newOptimizer, hadoop);
    }

    /** Sets how many of the newest stay. */
    public CheckpointConfig keep(int newest) {
        return new CheckpointConfig(folder, every, newest, bestMetric, goal, resume, resumeStep, newOptimizer, hadoop);
    }

    /** Keeps the one with the best value of a metric too. */
    public CheckpointConfig keepBest(String metric, Goal best) {
        return new CheckpointConfig(folder, every, keep, metric, best, resume, resumeStep, newOptimizer, hadoop);
    }

    /** Sets whether to go on from the newest whole checkpoint. */
    public CheckpointConfig resume(boolean resumes) {
        return new CheckpointConfig(folder, every, keep, bestMetric, goal, resumes, -1, newOptimizer, hadoop);
    }

    /**
     * Goes on from the checkpoint of one step and from no other, so that all who must agree on it do. Later ones are deleted: what came after
     * that step happens again.
     */
    public CheckpointConfig resumeAt(long step) {
        if (step < 1) {
            throw new IllegalArgumentException("the step to resume at must be 1 or more, got " + step);
        }
        return new CheckpointConfig(folder, every, keep, bestMetric, goal, true, step, newOptimizer, hadoop);
    }

    /** Sets whether the checkpoint may come from another optimizer. */
    public CheckpointConfig newOptimizer(boolean allowed) {
        return new CheckpointConfig(folder, every, keep, bestMetric, goal, resume, resumeStep, allowed, hadoop);
    }

    /** Sets what Hadoop's class path does not say, such as the credentials of a store. */
    public CheckpointConfig hadoop(Map<String, String> settings) {
        return new CheckpointConfig(folder, every, keep, bestMetric, goal, resume, resumeStep, newOptimizer, settings);
    }

    /** Returns whether {@code value} is better than {@code other}; NaN never is, and all is better than NaN. */
    boolean better(double value, double other) {
        if (Double.isNaN(value) || Double.isNaN(other)) {
            return !Double.isNaN(value);
        }
        return goal == Goal.MIN ? value < other : value > other;
    }
}
