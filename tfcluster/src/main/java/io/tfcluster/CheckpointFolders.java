package io.tfcluster;

import io.tfcluster.training.SavedCheckpoint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;

/** Where the trainers of a cluster keep their checkpoints, as they have told; any thread may call. */
final class CheckpointFolders {
    private final Set<String> folders = new LinkedHashSet<>();

    /**
     * The newest checkpoints at one moment.
     *
     * @param steps of each folder's newest one, 0 where there is none
     * @param ledgers of those that say which rows were fed, the last told folder's first
     */
    record Newest(Map<String, Long> steps, List<CheckpointLedger> ledgers) {
        static final Newest NONE = new Newest(Map.of(), List.of());

        Newest {
            steps = Map.copyOf(steps);
            ledgers = List.copyOf(ledgers);
        }
    }

    /** Notes a folder, the one that counts most from now on. */
    synchronized void told(String folder) {
        folders.remove(folder);
        folders.add(folder);
    }

    private synchronized List<String> all() {
        return List.copyOf(folders);
    }

    /**
     * Reads what a new generation goes on from.
     *
     * @throws IllegalStateException if a folder has checkpoints, but none is whole
     * @throws java.io.UncheckedIOException if a folder cannot be read
     */
    Newest newest(Configuration hadoop) {
        Map<String, Long> steps = new LinkedHashMap<>();
        List<CheckpointLedger> ledgers = new ArrayList<>();
        for (String folder : all()) {
            Optional<SavedCheckpoint> newest = SavedCheckpoint.newest(CheckpointLedger.trainers(folder, hadoop));
            steps.put(folder, newest.map(SavedCheckpoint::step).orElse(0L));
            newest.map(CheckpointLedger::of)
                    .filter(ledger -> !ledger.positions().isEmpty())
                    .ifPresent(ledger -> ledgers.add(0, ledger));
        }
        return new Newest(steps, ledgers);
    }
}
