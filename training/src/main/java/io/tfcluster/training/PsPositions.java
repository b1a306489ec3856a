package io.tfcluster.training;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ConsumeMutexLock;
import org.tensorflow.op.core.Mutex;
import org.tensorflow.op.core.MutexLock;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;

/**
 * Which rows the workers' updates came from, kept on parameter server 0: a worker writes its position in the run of its update.
 *
 * <p>Workers that do not step together each hold a lock of their own while they update; who saves holds all of them while it reads. So
 * what is saved has each update whole, with the position after its rows, or not at all, and workers hinder each other only then.
 */
final class PsPositions {
    private static final Logger log = LoggerFactory.getLogger(PsPositions.class);
    /** What {@link TrainGraph#APPLY} is fed the position after its rows by. */
    static final String OWN = "train/own_position";

    private static final String IN = "train/position_in_";
    private static final String READ = "train/position_";
    private static final String WRITE = "train/position_write_";
    private static final String RESTORED_IN = "train/restored_in";
    private static final String RESTORED = "train/restored";
    private static final String RESTORED_WRITE = "train/restored_write";
    private static final String UNLOCK = "train/snapshot_unlock";
    private static final String LOCKED = "train/snapshot_position_";

    private final int rank;
    private final int workers;
    private final Ops train;
    private final Ops there;
    private final List<VarHandleOp> positions = new ArrayList<>();
    private final List<Mutex> locks = new ArrayList<>();
    private @Nullable StateGraph between;

    /** Adds what all strategies need: positions, and the text of the checkpoint that the training went on from. */
    PsPositions(TrainGraph graph, ParameterServers servers) {
        this.rank = servers.rank();
        this.workers = servers.workers();
        this.train = graph.train();
        this.there = train.withDevice(PsMarks.server(0));
        VarHandleOp restored = string(graph, "restored");
        there.withName("restored").readVariableOp(restored, TString.class);
        graph.group("restored_write", List.of(there.assignVariableOp(restored, text("restored_in"))));
        for (int worker = 0; worker < workers; worker++) {
            VarHandleOp position = string(graph, "position_" + worker);
            positions.add(position);
            there.withName("position_" + worker).readVariableOp(position, TString.class);
            graph.group(
                    "position_write_" + worker,
                    List.of(there.assignVariableOp(position, text("position_in_" + worker))));
        }
    }

    private Operand<TString> text(String name) {
        return train.withName(name).placeholder(TString.class, Placeholder.shape(Shape.scalar()));
    }

    private static VarHandleOp string(TrainGraph graph, String name) {
        return Names.handle(
                Ops.create(graph.graph()).withDevice(PsMarks.server(0)),
                "",
                StateGraph.OWN + name,
                TString.class,
                Shape.scalar());
    }

    /** Adds the update of a worker that does not step with the others, its position, and on rank 0 the reading of all. */
    void addOwnUpdate(TrainGraph graph, boolean stopOnBadLoss) {
        for (int worker = 0; worker < workers; worker++) {
            locks.add(Mutex.create(
                    there.withName("position_lock_" + worker).scope(),
                    Mutex.sharedName(StateGraph.OWN + "position_lock_" + worker)));
        }
        MutexLock lock = MutexLock.create(there.scope(), locks.get(rank));
        Op counted = graph.addOwnUpdate(stopOnBadLoss, "applied", List.of(lock));
        Op written = there.withControlDependencies(List.of(counted))
                .assignVariableOp(positions.get(rank), text("own_position"));
        graph.group("apply", List.of(end(lock, List.of(written))));
        if (rank == 0) {
            addSnapshot(graph);
        }
    }

    private Op end(MutexLock lock, List<Op> done) {
        return ConsumeMutexLock.create(there.withControlDependencies(done).scope(), lock);
    }

    private void addSnapshot(TrainGraph graph) {
        List<MutexLock> locked = locks.stream()
                .map(lock -> MutexLock.create(there.scope(), lock))
                .toList();
        List<Op> held = List.copyOf(locked);
        StateGraph state = StateGraph.add(graph.graph(), "snapshot", held);
        List<Op> read = new ArrayList<>(state.reads());
        for (int worker = 0; worker < workers; worker++) {
            read.add(there.withControlDependencies(held)
                    .withName("snapshot_position_" + worker)
                    .readVariableOp(positions.get(worker), TString.class));
        }
        List<Op> ends = new ArrayList<>();
        locked.forEach(lock -> ends.add(end(lock, read)));
        graph.group("snapshot_unlock", ends);
        between = state;
    }

    /** Writes this worker's position, outside of an update. */
    void write(PsConnection connection, String position) {
        try (TString text = TString.scalarOf(position)) {
            connection
                    .run("noting the position", Map.of(IN + rank, text), List.of(), List.of(WRITE + rank))
                    .close();
        }
    }

    /** Writes what the training goes on from, for all workers; rank 0 does, before they begin. Returns its argument. */
    Optional<SavedState> noted(PsConnection connection, Optional<SavedState> state) {
        Optional<SavedCheckpoint> restored = state.map(SavedState::checkpoint);
        Map<String, Tensor> fed = new HashMap<>();
        List<String> targets = new ArrayList<>(List.of(RESTORED_WRITE));
        List<String> saved = restored.map(SavedCheckpoint::positions).orElse(List.of());
        try {
            fed.put(
                    RESTORED_IN,
                    TString.scalarOf(restored.map(PsPositions::text).orElse("")));
            for (int worker = 0; worker < workers; worker++) {
                fed.put(IN + worker, TString.scalarOf(worker < saved.size() ? saved.get(worker) : ""));
                targets.add(WRITE + worker);
            }
            connection.run("telling of the checkpoint", fed, List.of(), targets).close();
        } finally {
            fed.values().forEach(Tensor::close);
        }
        return state;
    }

    /** Path, then description. */
    static String text(SavedCheckpoint checkpoint) {
        return checkpoint.path() + "\n" + new Manifest(checkpoint, Map.of()).text();
    }

    static Optional<SavedCheckpoint> parse(String text) {
        if (text.isEmpty()) {
            return Optional.empty();
        }
        String[] parts = text.split("\n", 2);
        return Optional.of(Manifest.parse(parts[0], parts[1]).checkpoint());
    }

    /** Returns what rank 0 wrote, with the positions of now. */
    Optional<SavedCheckpoint> readRestored(PsConnection connection) {
        List<String> fetches = new ArrayList<>(List.of(RESTORED));
        fetches.addAll(names(READ));
        try (Result result = connection.run("looking for a checkpoint", Map.of(), fetches, List.of())) {
            List<String> now = IntStream.rangeClosed(1, workers)
                    .mapToObj(i -> ((TString) result.get(i)).getObject())
                    .toList();
            return parse(((TString) result.get(0)).getObject())
                    .map(saved -> with(saved, saved.step(), current(saved.positions(), now)));
        }
    }

    /** Those of now, where there are any. */
    private static List<String> current(List<String> saved, List<String> now) {
        List<String> positions = new ArrayList<>(saved);
        for (int worker = 0; worker < now.size(); worker++) {
            if (worker < positions.size()) {
                positions.set(worker, now.get(worker));
            } else if (!now.get(worker).isEmpty()) {
                positions.add(now.get(worker));
            }
        }
        return positions;
    }

    private static SavedCheckpoint with(SavedCheckpoint saved, long step, List<String> positions) {
        return new SavedCheckpoint(saved.path(), step, saved.epoch(), saved.seed(), positions, saved.metrics());
    }

    private List<String> names(String prefix) {
        return IntStream.range(0, workers).mapToObj(worker -> prefix + worker).toList();
    }

    /** Reads all that is saved between updates; on rank 0. */
    SavedState snapshot(PsConnection connection, StateGraph state, SavedCheckpoint standing) {
        StateGraph locked = between;
        if (locked != null) {
            try {
                return read(connection, locked, standing, LOCKED, List.of(UNLOCK));
            } catch (IllegalStateException e) {
                if (!TensorFlowErrors.isTimeout(e)) {
                    throw e;
                }
                log.warn(
                        "a worker has been in the middle of its update for a stepTimeout; it is dead or frozen, and step {}"
                                + " is saved with what there is of that update",
                        standing.step());
            }
        }
        return read(connection, state, standing, READ, List.of());
    }

    private SavedState read(
            PsConnection connection, StateGraph state, SavedCheckpoint standing, String prefix, List<String> targets) {
        List<StateGraph.Stored> stored = List.copyOf(state.all());
        List<String> fetches =
                new ArrayList<>(stored.stream().map(StateGraph.Stored::read).toList());
        fetches.addAll(names(prefix));
        // The result is not closed: its tensors are the caller's.
        Result result = connection.run("reading the state of the training", Map.of(), fetches, targets);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        int index = 0;
        long step = standing.step();
        for (StateGraph.Stored each : stored) {
            Tensor tensor = result.get(index++);
            tensors.put(each.name(), tensor);
            step = each.name().equals(TrainGraph.GLOBAL_STEP) ? ((TInt64) tensor).getLong() : step;
        }
        List<String> found = new ArrayList<>();
        while (found.size() < workers) {
            try (TString position = (TString) result.get(index++)) {
                found.add(position.getObject());
            }
        }
        return new SavedState(with(standing, step, found), tensors);
    }
}
