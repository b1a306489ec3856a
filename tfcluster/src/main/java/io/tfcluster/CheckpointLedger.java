package io.tfcluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tfcluster.feeding.FeedPosition;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.jspecify.annotations.Nullable;

/**
 * What the newest checkpoint of a directory says of the rows that were fed: the file {@code ledger.json} beside the variables, a JSON array
 * with the {@link FeedPosition} of every worker, each as an object or as the text of one; null, or "", is of a worker that read
 * no feed.
 *
 * @param checkpoint the checkpoint's folder
 * @param positions of all workers
 */
record CheckpointLedger(String checkpoint, List<FeedPosition> positions) {
    static final String FILE = "ledger.json";

    private static final Pattern FOLDER =
            Pattern.compile("ckpt-(\\d{1,18})"); // names that begin with a dot are not finished

    CheckpointLedger {
        positions = List.copyOf(positions);
    }

    /**
     * Reads the newest checkpoint, if there is one.
     *
     * @param directory on any file system that Hadoop knows; without a scheme on the default one
     * @throws IllegalStateException if the newest checkpoint has no ledger, or one that cannot be understood
     * @throws UncheckedIOException if the directory cannot be read
     */
    static Optional<CheckpointLedger> newest(String directory, Configuration hadoop) {
        try {
            Path folder = new Path(directory);
            FileSystem files = folder.getFileSystem(hadoop);
            Path newest = newest(files, folder);
            return newest == null ? Optional.empty() : Optional.of(read(files, newest));
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the checkpoints in " + directory + " cannot be read, to resume from them: " + e.getMessage(), e);
        }
    }

    private static @Nullable Path newest(FileSystem files, Path folder) throws IOException {
        FileStatus[] all;
        try {
            all = files.listStatus(folder);
        } catch (FileNotFoundException e) {
            return null; // nothing has been written yet
        }
        Path newest = null;
        long most = -1;
        for (FileStatus each : all) {
            Matcher name = FOLDER.matcher(each.getPath().getName());
            if (each.isDirectory() && name.matches() && Long.parseLong(name.group(1)) > most) {
                most = Long.parseLong(name.group(1));
                newest = each.getPath();
            }
        }
        return newest;
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
        List<FeedPosition> positions = new ArrayList<>();
        for (JsonNode worker : array) {
            String text = worker.isNull() ? "" : worker.isTextual() ? worker.textValue() : worker.toString();
            try {
                if (!text.isBlank()) {
                    positions.add(FeedPosition.parse(text));
                }
            } catch (IllegalArgumentException e) {
                throw new IllegalStateException(
                        "worker " + positions.size() + " in " + file + ": " + e.getMessage(), e);
            }
        }
        return new CheckpointLedger(checkpoint.toString(), positions);
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
