package io.tfcluster.training;

import static java.util.Objects.requireNonNull;

import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a checkpoint says of itself, beside the variables.
 *
 * <p>{@link #newest} reads it without TensorFlow, on a driver for instance, which must know which rows to feed.
 *
 * @param path its folder
 * @param step updates that the variables have had
 * @param epoch epoch of the last rows, from 0
 * @param seed that random numbers were drawn from, beside the step
 * @param positions which rows each worker had been handed out: its {@link BatchSource#position()}, by rank
 * @param metrics what was known of the variables
 */
public record SavedCheckpoint(
        String path, long step, long epoch, long seed, List<String> positions, Map<String, Double> metrics) {
    /** Copies the lists. */
    public SavedCheckpoint {
        requireNonNull(path, "path");
        positions = List.copyOf(positions);
        metrics = Map.copyOf(metrics);
    }

    /**
     * Returns the newest whole checkpoint of a folder, the one that a training with {@link CheckpointConfig#resume} goes on from. It reads
     * all of that checkpoint's files once.
     *
     * @throws IllegalStateException if there are checkpoints but none is whole
     * @throws UncheckedIOException if the folder cannot be read
     */
    public static Optional<SavedCheckpoint> newest(CheckpointConfig config) {
        Optional<CheckpointFolder.Opened> opened = new CheckpointFolder(config).newest(false);
        opened.ifPresent(CheckpointFolder.Opened::close);
        return opened.map(CheckpointFolder.Opened::checkpoint);
    }

    /** The workers' positions as a JSON array; a worker without one is null. */
    String ledger() {
        return positions.stream()
                .map(position -> position.isEmpty() ? "null" : position)
                .collect(Collectors.joining(",\n", "[", "]\n"));
    }
}
