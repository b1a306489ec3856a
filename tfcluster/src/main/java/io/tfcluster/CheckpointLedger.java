package io.tfcluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tfcluster.feeding.FeedPosition;
import io.tfcluster.training.CheckpointConfig;
import io.tfcluster.training.SavedCheckpoint;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the newest checkpoint of a directory says of the rows that were fed.
 *
 * <p>Of a trainer's checkpoints it is the one that the trainer goes on from: the newest that is whole, see {@link SavedCheckpoint#newest}.
 * Otherwise, of a main function that writes its own, it is that of the highest step, and the file {@code ledger.json} in it: a JSON array
 * with the {@link FeedPosition} of every worker, each as an object or as the text of one; null, or "", is of a worker that read no feed.
 *
 * @param checkpoint the checkpoint's folder
 * @param positions of all workers
 */
record CheckpointLedger(String checkpoint, List<FeedPosition> positions) {
    static final String FILE = "ledger.json";

    private static final String TRAINERS = "checkpoint.properties"; // of a folder that a trainer wrote

    private static final Logger log = LoggerFactory.getLogger(CheckpointLedger.class);
    private static final Pattern FOLDER =
            Pattern.compile("ckpt-(\\d{1,18})"); // names that begin with a dot are not finished

    CheckpointLedger {
        positions = List.copyOf(positions);
    }

    /**
     * Reads the newest checkpoint, if there is one.
     *
     * @param directory on any file system that Hadoop knows; without a scheme on the local one, as for the trainer
     * @throws IllegalStateException if the newest checkpoint has no ledger, or one that cannot be understood, or if none is whole
     * @throws UncheckedIOException if the directory cannot be read
     */
    static Optional<CheckpointLedger> newest(String directory, Configuration hadoop) {
        try {
            Path folder = new Path(directory);
            if (folder.toUri().getScheme() == null) {
                folder = new Path(new File(directory).getAbsoluteFile().toURI());
            }
            FileSystem files = folder.getFileSystem(hadoop);
            List<Path> all = newestFirst(files, folder);
            for (Path checkpoint : all) {
                if (files.exists(new Path(checkpoint, TRAINERS))) {
                    return SavedCheckpoint.newest(trainers(folder.toString(), hadoop))
                            .map(CheckpointLedger::of);
                }
            }
            return all.isEmpty() ? Optional.empty() : Optional.of(read(files, all.get(0)));
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the checkpoints in " + directory + " cannot be read, to resume from them: " + e.getMessage(), e);
        }
    }

    static CheckpointConfig trainers(String folder, Configuration hadoop) {
        Map<String, String> settings = new HashMap<>();
        hadoop.forEach(setting -> settings.put(setting.getKey(), setting.getValue()));
        return CheckpointConfig.in(folder).hadoop(settings);
    }

    static CheckpointLedger of(SavedCheckpoint checkpoint) {
        return parse(checkpoint.path(), checkpoint.path(), checkpoint.positions());
    }

    private static List<Path> newestFirst(FileSystem files, Path folder) throws IOException {
        SortedMap<Long, Path> steps = new TreeMap<>(Comparator.reverseOrder());
        try {
            for (FileStatus each : files.listStatus(folder)) {
                Matcher name = FOLDER.matcher(each.getPath().getName());
                if (each.isDirectory() && name.matches()) {
                    steps.put(Long.valueOf(name.group(1)), each.getPath());
                }
            }
        } catch (FileNotFoundException e) {
            log.debug("{} is not there: nothing has been written yet", folder, e);
        }
        return List.copyOf(steps.values());
    }

    private static CheckpointLedger read(FileSystem files, Path checkpoint) throws IOException {
        Path file = new Path(checkpoint, FILE);
        JsonNode array;
        try (InputStream in = files.open(file)) {
            array = new ObjectMapper().readTree(in);
        } catch (FileNotFoundException e) {
            throw new IllegalStateException(
                    "the checkpoint " + checkpoint + " has no " + FILE
                            + ", so that nobody knows which rows it has seen;"
                            + " train without FeedInput.resume, from the first row on",
                    e);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(file + " is no JSON: " + e.getOriginalMessage(), e);
        }
        if (array == null || !array.isArray()) {
            throw new IllegalStateException(file + " must be a JSON array with a position for each worker");
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode worker : array) {
            texts.add(worker.isNull() ? "" : worker.isTextual() ? worker.textValue() : worker.toString());
        }
        return parse(checkpoint.toString(), file.toString(), texts);
    }

    private static CheckpointLedger parse(String checkpoint, String where, List<String> workers) {
        List<FeedPosition> positions = new ArrayList<>();
        for (int worker = 0; worker < workers.size(); worker++) {
            try {
                if (!workers.get(worker).isBlank()) {
                    positions.add(FeedPosition.parse(workers.get(worker)));
                }
            } catch (IllegalArgumentException e) {
                throw new IllegalStateException("worker " + worker + " in " + where + ": " + e.getMessage(), e);
            }
        }
        return new CheckpointLedger(checkpoint, positions);
    }

    /** Returns whether it has positions of a feed. */
    boolean knows(String feed) {
        return positions.stream().anyMatch(each -> each.feed().equals(feed));
    }

    /**
     * Returns the positions of the nodes in one feed.
     *
     * @throws IllegalStateException if there are none
     */
    List<FeedPosition> of(String feed) {
        List<FeedPosition> its =
                positions.stream().filter(each -> each.feed().equals(feed)).toList();
        if (its.isEmpty()) {
            TreeSet<String> known = new TreeSet<>();
            positions.forEach(each -> known.add(each.feed()));
            throw new IllegalStateException("the checkpoint " + checkpoint + " knows nothing of the feed \"" + feed
                    + "\", only of " + known + "; feed it without FeedInput.resume");
        }
        return its;
    }
}
