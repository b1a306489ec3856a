package io.tfcluster.training;

import static java.util.Objects.requireNonNull;

import io.tfcluster.training.ring.Compression;
import java.io.Serializable;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link Trainer} works.
 *
 * <pre>{@code
 * TrainerConfig.builder(Optimizer.adam(0.001)).batchSize(64).seed(7).build()
 * }</pre>
 */
public final class TrainerConfig implements Serializable {
    private static final long serialVersionUID = 1L;

    private final Optimizer optimizer;
    private final int batchSize;
    private final long seed;
    private final int intraOpThreads;
    private final int interOpThreads;
    private final Duration stepTimeout;
    private final Duration peerTimeout;
    private final long maxSteps;
    private final boolean stopOnBadLoss;
    private final Compression compression;
    private final @Nullable CheckpointConfig checkpoints;
    private final @Nullable Summaries summaries;
    private final @Nullable WarmStart warmStart;
    private final boolean synchronousServers;
    private final int backupWorkers;
    private final long partitionBytes;
    private final long fusionBytes;
    private final @Nullable String weights;

    private TrainerConfig(Builder builder) {
        this.optimizer = builder.optimizer;
        this.batchSize = builder.batchSize;
        this.seed = builder.seed;
        this.intraOpThreads = builder.intraOpThreads;
        this.interOpThreads = builder.interOpThreads;
        this.stepTimeout = builder.stepTimeout;
        this.peerTimeout = builder.peerTimeout;
        this.maxSteps = builder.maxSteps;
        this.stopOnBadLoss = builder.stopOnBadLoss;
        this.compression = builder.compression;
        this.checkpoints = builder.checkpoints;
        this.summaries = builder.summaries;
        this.warmStart = builder.warmStart;
        this.synchronousServers = builder.synchronousServers;
        this.backupWorkers = builder.backupWorkers;
        this.partitionBytes = builder.partitionBytes;
        this.fusionBytes = builder.fusionBytes;
        this.weights = builder.weights;
    }

    private TrainerConfig(TrainerConfig other, @Nullable Summaries summaries, @Nullable CheckpointConfig checkpoints) {
        this.optimizer = other.optimizer;
        this.batchSize = other.batchSize;
        this.seed = other.seed;
        this.intraOpThreads = other.intraOpThreads;
        this.interOpThreads = other.interOpThreads;
        this.stepTimeout = other.stepTimeout;
        this.peerTimeout = other.peerTimeout;
        this.maxSteps = other.maxSteps;
        this.stopOnBadLoss = other.stopOnBadLoss;
        this.compression = other.compression;
        this.checkpoints = checkpoints;
        this.summaries = summaries;
        this.warmStart = other.warmStart;
        this.synchronousServers = other.synchronousServers;
        this.backupWorkers = other.backupWorkers;
        this.partitionBytes = other.partitionBytes;
        this.fusionBytes = other.fusionBytes;
        this.weights = other.weights;
    }

    /** Returns a builder with defaults for all but the optimizer. */
    public static Builder builder(Optimizer optimizer) {
        return new Builder(requireNonNull(optimizer, "optimizer"));
    }

    /** Returns how gradients change variables. */
    public Optimizer optimizer() {
        return optimizer;
    }

    /** Returns the most rows per step of one process. */
    public int batchSize() {
        return batchSize;
    }

    /** Returns the seed of initial values, dropout and augmentation. */
    public long seed() {
        return seed;
    }

    /** Returns threads within an operation; 0 leaves it to TensorFlow. */
    public int intraOpThreads() {
        return intraOpThreads;
    }

    /** Returns operations at a time; 0 leaves it to TensorFlow. */
    public int interOpThreads() {
        return interOpThreads;
    }

    /** Returns the limit of one run of TensorFlow, and of the wait for a peer to join a step. */
    public Duration stepTimeout() {
        return stepTimeout;
    }

    /** Returns how long to wait for peers between steps: while they initialise, evaluate, or this worker's rows ended first. */
    public Duration peerTimeout() {
        return peerTimeout;
    }

    /** Returns the step to stop after, 0 for none. */
    public long maxSteps() {
        return maxSteps;
    }

    /** Returns whether a loss that is NaN or infinite ends the training. */
    public boolean stopOnBadLoss() {
        return stopOnBadLoss;
    }

    /** Returns how gradients travel between workers. */
    public Compression compression() {
        return compression;
    }

    /** Returns where and when the training is saved, if it is. */
    public Optional<CheckpointConfig> checkpoints() {
        return Optional.ofNullable(checkpoints);
    }

    /** Returns what is written for TensorBoard, if anything. */
    public Optional<Summaries> summaries() {
        return Optional.ofNullable(summaries);
    }

    /** Returns this config with other summaries. */
    public TrainerConfig withSummaries(Summaries other) {
        return new TrainerConfig(this, requireNonNull(other, "summaries"), checkpoints);
    }

    /** Returns this config with other checkpoints. */
    public TrainerConfig withCheckpoints(CheckpointConfig other) {
        return new TrainerConfig(this, summaries, requireNonNull(other, "checkpoints"));
    }

    /** Returns where variables get first values from instead of their initializers, if from a checkpoint. */
    public Optional<WarmStart> warmStart() {
        return Optional.ofNullable(warmStart);
    }

    /** Returns whether parameter servers make one update of the gradients of all workers. */
    public boolean synchronousServers() {
        return synchronousServers;
    }

    /** Returns how many workers a synchronous step does not wait for. */
    public int backupWorkers() {
        return backupWorkers;
    }

    /** Returns the size above which a variable is spread over several parameter servers. */
    public long partitionBytes() {
        return partitionBytes;
    }

    /** Returns how many bytes of gradients go round the ring at a time, at least. */
    public long fusionBytes() {
        return fusionBytes;
    }

    /** Returns the input that holds the rows' weights, if they have any. */
    public Optional<String> weights() {
        return Optional.ofNullable(weights);
    }

    /** Collects the settings of a {@link TrainerConfig}. */
    public static final class Builder {
        private final Optimizer optimizer;
        private int batchSize = 32;
        private long seed = 1;
        private int intraOpThreads;
        private int interOpThreads;
        private Duration stepTimeout = Duration.ofMinutes(2);
        private Duration peerTimeout = Duration.ofMinutes(15);
        private long maxSteps;
        private boolean stopOnBadLoss = true;
        private Compression compression = Compression.NONE;
        private @Nullable CheckpointConfig checkpoints;
        private @Nullable Summaries summaries;
        private @Nullable WarmStart warmStart;
        private boolean synchronousServers;
        private int backupWorkers;
        private long partitionBytes = 64L << 20;
        private long fusionBytes = 1L << 20;
        private @Nullable String weights;

        private Builder(Optimizer optimizer) {
            this.optimizer = optimizer;
        }

        /** Sets the most rows per step of one process, default 32. */
        public Builder batchSize(int rows) {
            this.batchSize = rows;
            return this;
        }

        /** Sets the seed, default 1. */
        public Builder seed(long seed) {
            this.seed = seed;
            return this;
        }

        /** Sets TensorFlow's threads within and between operations; 0, the default, leaves it to TensorFlow. */
        public Builder threads(int intraOp, int interOp) {
            this.intraOpThreads = intraOp;
            this.interOpThreads = interOp;
            return this;
        }

        /** Sets the limit of one run of TensorFlow, and of the wait for a peer to join a step, default 2 minutes. */
        public Builder stepTimeout(Duration limit) {
            this.stepTimeout = requireNonNull(limit, "stepTimeout");
            return this;
        }

        /** Sets how long to wait for peers that still have work of their own, default 15 minutes. */
        public Builder peerTimeout(Duration limit) {
            this.peerTimeout = requireNonNull(limit, "peerTimeout");
            return this;
        }

        /** Sets the step to stop after; 0, the default, trains until the rows end. */
        public Builder maxSteps(long steps) {
            this.maxSteps = steps;
            return this;
        }

        /** Sets whether a loss that is NaN or infinite ends the training, default true. */
        public Builder stopOnBadLoss(boolean stop) {
            this.stopOnBadLoss = stop;
            return this;
        }

        /** Sets how gradients travel between the workers of an all-reduce, the same on all; default {@link Compression#NONE}. */
        public Builder compression(Compression compression) {
            this.compression = requireNonNull(compression, "compression");
            return this;
        }

        /** Sets where and when the training is saved, and whether it goes on from what was saved; by default it is not. */
        public Builder checkpoints(CheckpointConfig config) {
            this.checkpoints = requireNonNull(config, "checkpoints");
            return this;
        }

        /** Gives variables their first values from a checkpoint; by default from their initializers. */
        public Builder warmStart(WarmStart warmStart) {
            this.warmStart = requireNonNull(warmStart, "warmStart");
            return this;
        }

        /**
         * Sets what is written for TensorBoard. Without it a cluster's trainer writes the defaults of {@link Summaries#in} to the cluster's
         * log folder, if that has one.
         */
        public Builder summaries(Summaries summaries) {
            this.summaries = requireNonNull(summaries, "summaries");
            return this;
        }

        /**
         * Sets that parameter servers make one update a step, by the mean over the rows of all workers; by default each worker's gradients
         * are applied as they come. Has no meaning for all-reduce.
         *
         * @param backupWorkers how many workers a step does not wait for, 0 or more; what they come with too late is dropped and counted,
         *     and computed again for the next step, so that each row is learned once
         */
        public Builder synchronousServers(int backupWorkers) {
            this.synchronousServers = true;
            this.backupWorkers = backupWorkers;
            return this;
        }

        /**
         * Names the input that holds the rows' weights, numbers of 0 or more: a row's loss counts so many times in the mean over the rows of
         * the batch, which are still divided by their number, as Keras' {@code sample_weight} has it. Weights whose mean is 1 leave the size of
         * the updates as it is. Metrics are not weighted. The model must give its loss row by row, {@link ModelSpec.Builder#rowLosses}.
         */
        public Builder weights(String input) {
            this.weights = requireNonNull(input, "weights");
            return this;
        }

        /** Sets the size above which parameter servers share a variable, along its first axis, default 64 MiB. */
        public Builder partitionBytes(long bytes) {
            this.partitionBytes = bytes;
            return this;
        }

        /**
         * Sets how many bytes of gradients the workers of an all-reduce send at a time, at least, the same on all; default 1 MiB. While they are
         * on their way TensorFlow computes the next ones; those of a smaller model go in one piece, after the whole backward pass. So do all
         * where {@link #threads} leaves TensorFlow one operation at a time: it then finishes every gradient at the end.
         *
         * @param bytes {@link Long#MAX_VALUE} for one piece always
         */
        public Builder fusionBytes(long bytes) {
            this.fusionBytes = bytes;
            return this;
        }

        /**
         * Returns the config.
         *
         * @throws IllegalArgumentException if a number is out of range
         */
        public TrainerConfig build() {
            if (batchSize < 1 || maxSteps < 0 || intraOpThreads < 0 || interOpThreads < 0) {
                throw new IllegalArgumentException(
                        "batchSize must be 1 or more, maxSteps and threads 0 or more; got batchSize " + batchSize
                                + ", maxSteps " + maxSteps + ", threads " + intraOpThreads + "/" + interOpThreads);
            }
            if (stepTimeout.toMillis() < 1 || peerTimeout.toMillis() < 1) {
                throw new IllegalArgumentException("timeouts must be 1 ms or more, got stepTimeout " + stepTimeout
                        + ", peerTimeout " + peerTimeout);
            }
            if (fusionBytes < 1) {
                throw new IllegalArgumentException("fusionBytes must be 1 or more, got " + fusionBytes);
            }
            if (backupWorkers < 0 || partitionBytes < Float.BYTES) {
                throw new IllegalArgumentException("backupWorkers must be 0 or more and partitionBytes " + Float.BYTES
                        + " or more, got backupWorkers " + backupWorkers + ", partitionBytes " + partitionBytes);
            }
            return new TrainerConfig(this);
        }
    }
}
