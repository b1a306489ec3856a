package io.tfcluster.training;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tensorflow.Tensor;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;

/**
 * The folder in which a training's checkpoints lie.
 *
 * <pre>
 *  DIR/ckpt-400/variables.index, variables.data-00000-of-00001   TensorFlow's format V2
 *               ledger.json                                      the workers' positions
 *               checkpoint.properties                            {@link Manifest}
 *  DIR/checkpoint, DIR/best                                      for tf.train.latest_checkpoint
 *  DIR/.ckpt-500-UUID                                            being written, or left behind by a process that was killed
 * </pre>
 *
 * <p>A checkpoint gets its name when all of it is written. One thread of rank 0 uses it.
 */
final class CheckpointFolder {
    private static final Logger log = LoggerFactory.getLogger(CheckpointFolder.class);
    private static final Pattern NAME = Pattern.compile("ckpt-(\\d{1,18})");
    private static final String VARIABLES = "variables";
    private static final String SIGNATURE = StateGraph.OWN + "signature";
    private static final String POSITIONS = StateGraph.OWN + "positions";
    private static final String RANDOM = StateGraph.OWN + "seed_and_epoch";
    private static final Set<String> LOST = Set.of("BlockMissingException", "ChecksumException");

    private final CheckpointConfig config;
    private final Storage storage;
    private final Map<Long, Map<String, Double>> metrics = new TreeMap<>();

    CheckpointFolder(CheckpointConfig config) {
        this.config = config;
        this.storage = Storage.of(config.folder(), config.hadoop());
    }

    /** A whole checkpoint and its files. */
    record Opened(SavedCheckpoint checkpoint, Storage.Fetched files) implements AutoCloseable {
        @Override
        public void close() {
            files.close();
        }
    }

    private interface Work<T> {
        T run() throws IOException;
    }

    private static <T> T wrapped(String doing, Work<T> work) {
        try {
            return work.run();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot " + doing + ": " + e.getMessage(), e);
        }
    }

    /** Returns the checkpoints' steps, the newest first. */
    List<Long> steps() {
        return wrapped(
                "list " + config.folder(),
                () -> storage.names("").stream()
                        .map(NAME::matcher)
                        .filter(Matcher::matches)
                        .map(matcher -> Long.valueOf(matcher.group(1)))
                        .sorted(Comparator.reverseOrder())
                        .toList());
    }

    private static String name(long step) {
        return "ckpt-" + step;
    }

    private static boolean isUnfinished(String name) {
        return name.startsWith(".ckpt-") || name.startsWith(".checkpoint-") || name.startsWith(".best-");
    }

    /** Removes what was begun and never got its name. */
    void clean() {
        wrapped("clean " + config.folder(), () -> {
            for (String name : storage.names("")) {
                if (isUnfinished(name)) {
                    log.info("removing {}, which was not finished", storage.path(name));
                    storage.delete(name);
                }
            }
            return true;
        });
    }

    /**
     * Returns the newest checkpoint that is whole, with a warning for each newer one that is not.
     *
     * @param setAside whether to rename those that are damaged, so that they are not looked at again
     */
    Optional<Opened> newest(boolean setAside) {
        List<String> damaged = new ArrayList<>();
        for (long step : steps()) {
            List<String> why = new ArrayList<>();
            Optional<Opened> opened = open(step, why);
            if (opened.isPresent()) {
                return opened;
            }
            damaged.add(storage.path(name(step)) + ": " + String.join("; ", why));
            log.warn("checkpoint {} is damaged and left out: {}", storage.path(name(step)), why);
            if (setAside) {
                wrapped("set aside a damaged checkpoint of " + config.folder(), () -> {
                    storage.rename(name(step), "damaged-" + name(step) + "-" + UUID.randomUUID());
                    return true;
                });
            }
        }
        if (!damaged.isEmpty()) {
            throw new IllegalStateException("no checkpoint in " + config.folder() + " is whole: " + damaged
                    + "; give another folder to begin anew");
        }
        return Optional.empty();
    }

    /**
     * Returns the checkpoint of a step and deletes those of later ones.
     *
     * @throws IllegalStateException if it is not there or not whole
     */
    Opened rollBackTo(long step) {
        List<String> why = new ArrayList<>();
        Opened opened = steps().contains(step) ? open(step, why).orElse(null) : null;
        if (opened == null) {
            throw new IllegalStateException("cannot go on from step " + step + ": " + storage.path(name(step))
                    + (why.isEmpty() ? " is not there" : " is damaged, " + why) + "; there are steps " + steps()
                    + ". All nodes and the driver must see the same folder: give one that they share.");
        }
        wrapped("roll back " + config.folder(), () -> {
            for (long later : steps()) {
                if (later > step) {
                    log.info("deleting checkpoint {}, which is rolled back", storage.path(name(later)));
                    String going = "." + name(later) + "-old-" + UUID.randomUUID();
                    storage.rename(name(later), going);
                    storage.delete(going);
                }
            }
            return true;
        });
        return opened;
    }

    /** Returns the checkpoint of that step, or why it is damaged. */
    private Optional<Opened> open(long step, List<String> why) {
        String path = storage.path(name(step));
        Storage.Fetched files;
        try {
            files = storage.fetch(name(step));
        } catch (IOException e) {
            if (e instanceof FileNotFoundException || LOST.contains(e.getClass().getSimpleName())) {
                why.add(e.toString());
                return Optional.empty();
            }
            throw new UncheckedIOException("cannot read " + path + ": " + e.getMessage(), e);
        }
        try {
            Manifest manifest =
                    Manifest.parse(path, Files.readString(files.folder().resolve(Manifest.FILE)));
            String damage = manifest.damage(files.folder());
            if (damage == null) {
                return Optional.of(new Opened(manifest.checkpoint(), files));
            }
            why.add(damage);
        } catch (NoSuchFileException e) {
            why.add(Manifest.FILE + " is missing");
        } catch (IOException | IllegalArgumentException e) {
            why.add(Manifest.FILE + " cannot be read: " + e);
        }
        files.close();
        return Optional.empty();
    }

    /** Returns the best checkpoint by the config's metric, if it is whole. */
    Optional<Opened> best() {
        List<String> why = new ArrayList<>();
        Optional<Opened> best = bestStep().flatMap(step -> open(step, why));
        if (!why.isEmpty()) {
            log.warn("the best checkpoint in {} is damaged: {}", config.folder(), why);
        }
        return best;
    }

    /** Reads the tensors, if the checkpoint is one of this state; if not, the error lists what differs. */
    SavedState load(Opened opened, StateGraph state, Duration limit) {
        Path prefix = opened.files().folder().resolve(VARIABLES);
        Map<String, Tensor> own = TensorFile.read(prefix, Map.of(SIGNATURE, DataType.DT_STRING), limit);
        List<String> signature = new ArrayList<>();
        try {
            ((TString) own.values().iterator().next()).scalars().forEach(line -> signature.add(line.getObject()));
        } finally {
            own.values().forEach(Tensor::close);
        }
        StateMatch match = StateMatch.of(opened.checkpoint().path(), signature, state, config.newOptimizer());
        return new SavedState(opened.checkpoint(), TensorFile.read(prefix, match.types(), limit));
    }

    /**
     * Writes a checkpoint, points to it, and removes those that are not kept.
     *
     * @param state what {@code tensors} are, by name
     */
    SavedCheckpoint write(SavedCheckpoint standing, StateGraph state, Map<String, Tensor> tensors, Duration limit) {
        String name = name(standing.step());
        String aside = "." + name + "-" + UUID.randomUUID();
        SavedCheckpoint checkpoint = new SavedCheckpoint(
                storage.path(name),
                standing.step(),
                standing.epoch(),
                standing.seed(),
                standing.positions(),
                standing.metrics());
        return wrapped("write checkpoint " + checkpoint.path(), () -> {
            Path staged = storage.stage(aside);
            try {
                writeFiles(staged, checkpoint, state, tensors, limit);
                if (storage.names("").contains(name)) {
                    storage.rename(name, "." + name + "-old-" + UUID.randomUUID());
                }
                storage.publish(staged, aside, name);
            } catch (IOException | RuntimeException e) {
                discard(staged, aside, e);
                throw e;
            }
            known();
            metrics.put(checkpoint.step(), checkpoint.metrics());
            prune();
            return checkpoint;
        });
    }

    private static void writeFiles(
            Path folder, SavedCheckpoint checkpoint, StateGraph state, Map<String, Tensor> tensors, Duration limit)
            throws IOException {
        Map<String, Tensor> all = new LinkedHashMap<>(tensors);
        try (TString signature = TensorFile.vector(state.signature());
                TString positions = TensorFile.vector(checkpoint.positions());
                TInt64 random = TInt64.vectorOf(checkpoint.seed(), checkpoint.epoch())) {
            all.put(SIGNATURE, signature);
            all.put(POSITIONS, positions);
            all.put(RANDOM, random);
            TensorFile.write(folder.resolve(VARIABLES), all, limit);
        }
        Files.writeString(folder.resolve("ledger.json"), checkpoint.ledger());
        Files.writeString(
                folder.resolve(Manifest.FILE), Manifest.of(checkpoint, folder).text());
    }

    private void discard(Path staged, String aside, Exception error) {
        try {
            Storage.deleteLocal(staged);
            storage.delete(aside);
        } catch (IOException e) {
            error.addSuppressed(e);
        }
    }

    /** Knows the metrics of the checkpoints that are there, also of those written before this process began. */
    private void known() throws IOException {
        List<Long> steps = steps();
        metrics.keySet().retainAll(steps);
        for (long step : steps) {
            if (!metrics.containsKey(step)) {
                metrics.put(step, metricsOf(step));
            }
        }
    }

    private Map<String, Double> metricsOf(long step) throws IOException {
        String path = storage.path(name(step));
        try {
            String text = storage.read(name(step) + "/" + Manifest.FILE);
            return Manifest.parse(path, text).checkpoint().metrics();
        } catch (NoSuchFileException | FileNotFoundException | IllegalArgumentException e) {
            log.warn("checkpoint {} is damaged, so it cannot be the best: {}", path, e.toString());
            return Map.of();
        }
    }

    private Optional<Long> bestStep() {
        return wrapped("look for the best checkpoint in " + config.folder(), () -> {
            known();
            Optional<Long> best = Optional.empty();
            double value = Double.NaN;
            for (Map.Entry<Long, Map<String, Double>> each : metrics.entrySet()) {
                double found = each.getValue().getOrDefault(config.bestMetric(), Double.NaN);
                if (config.better(found, value)) {
                    best = Optional.of(each.getKey());
                    value = found;
                }
            }
            return best;
        });
    }

    /** The pointers first, so that they never name what is gone. */
    private void prune() throws IOException {
        Optional<Long> best = bestStep();
        List<Long> kept =
                new ArrayList<>(steps().stream().limit(config.keep()).sorted().toList());
        best.filter(step -> !kept.contains(step)).ifPresent(step -> kept.add(0, step));
        storage.write("checkpoint", pointers(kept.get(kept.size() - 1), kept));
        if (best.isPresent()) {
            storage.write("best", pointers(best.get(), List.of(best.get())));
        }
        for (long step : steps()) {
            if (!kept.contains(step)) {
                String going = "." + name(step) + "-old-" + UUID.randomUUID();
                storage.rename(name(step), going); // a process killed while it deletes leaves no half of a checkpoint
                metrics.remove(step);
            }
        }
        for (String name : storage.names("")) {
            if (name.startsWith(".ckpt-") && name.contains("-old-")) {
                storage.delete(name);
            }
        }
    }

    /** TensorFlow's CheckpointState as text, with paths that stay true when the folder moves. */
    private static String pointers(long newest, List<Long> all) {
        StringBuilder text = new StringBuilder("model_checkpoint_path: \"" + name(newest) + "/" + VARIABLES + "\"\n");
        for (long step : all) {
            text.append("all_model_checkpoint_paths: \"" + name(step) + "/" + VARIABLES + "\"\n");
        }
        return text.toString();
    }
}
