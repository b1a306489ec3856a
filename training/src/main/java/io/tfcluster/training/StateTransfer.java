package io.tfcluster.training;

import io.tfcluster.training.ring.Ring;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Tensor;
import org.tensorflow.TensorBytes;

/** Gives all workers of a ring the checkpoint that rank 0 read, or its error. */
final class StateTransfer {
    private static final String NONE = "";
    private static final String FAILED = "!";

    private final StateGraph state;
    private final TrainSession session;
    private final Ring ring;
    private final Duration patience;

    StateTransfer(StateGraph state, TrainSession session, Ring ring, Duration patience) {
        this.state = state;
        this.session = session;
        this.ring = ring;
        this.patience = patience;
    }

    /**
     * Sets the variables on all ranks.
     *
     * @param saved asked on rank 0 only
     * @return what was restored, if there was anything
     * @throws IllegalStateException on the other ranks, if rank 0 could not read it
     */
    Optional<SavedCheckpoint> restore(Supplier<Optional<SavedState>> saved) {
        if (ring.rank() != 0) {
            return receive(null, Gather.texts(ring, NONE, patience).get(0));
        }
        Optional<SavedState> found;
        try {
            found = saved.get();
        } catch (RuntimeException e) {
            Gather.texts(ring, FAILED + e.getMessage(), patience);
            throw e;
        }
        if (found.isEmpty()) {
            return receive(null, Gather.texts(ring, NONE, patience).get(0));
        }
        try (SavedState mine = found.get()) {
            return receive(mine, Gather.texts(ring, header(mine), patience).get(0));
        }
    }

    /** Path, names of the tensors, description: a line each for the first two. */
    private static String header(SavedState state) {
        return state.checkpoint().path() + "\n"
                + String.join("\t", state.tensors().keySet()) + "\n"
                + new Manifest(state.checkpoint(), Map.of()).text();
    }

    private Optional<SavedCheckpoint> receive(@Nullable SavedState mine, String told) {
        if (told.equals(NONE)) {
            return Optional.empty();
        }
        if (told.startsWith(FAILED)) {
            throw new IllegalStateException("rank 0 could not restore a checkpoint: " + told.substring(1));
        }
        String[] header = told.split("\n", 3);
        List<String> names = Arrays.asList(header[1].split("\t", -1));
        Map<String, Tensor> tensors = new HashMap<>();
        Map<String, Tensor> opened = new HashMap<>();
        try {
            for (StateGraph.Stored stored : state.all()) {
                if (names.contains(stored.name())) {
                    Tensor own = mine == null ? null : mine.tensors().get(stored.name());
                    Tensor tensor = own;
                    if (tensor == null) {
                        tensor = Tensor.of(TensorFile.type(stored.type()), stored.shape());
                        opened.put(stored.name(), tensor);
                    }
                    broadcast(tensor);
                    tensors.put(stored.name(), tensor);
                }
            }
            state.assign(session, tensors, "rank " + ring.rank());
        } finally {
            opened.values().forEach(Tensor::close);
        }
        return Optional.of(Manifest.parse(header[0], header[2]).checkpoint());
    }

    /** The ring wants whole floats; few variables are of other sizes. */
    private void broadcast(Tensor tensor) {
        ByteBuffer bytes = TensorBytes.of(tensor);
        int rest = bytes.remaining() % Float.BYTES;
        if (rest == 0) {
            ring.broadcast(bytes, patience);
            return;
        }
        ByteBuffer padded = ByteBuffer.allocateDirect(bytes.remaining() + Float.BYTES - rest);
        padded.put(bytes.duplicate()).clear();
        ring.broadcast(padded.duplicate(), patience);
        bytes.put(padded.limit(bytes.remaining()));
    }
}
