package io.tfcluster.examples.objectfeatures;

import io.tfcluster.examples.common.ExampleException;
import io.tfcluster.examples.common.MongoStore;
import io.tfcluster.examples.common.ProgressBar;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.stream.Stream;
import org.bson.Document;
import org.bson.types.Binary;

/**
 * Brings a folder of files into MongoDB, each as it is: whether it is a picture shows later, with the reason if not. The id is the path below
 * the folder, the class the folder a file lies in; what is there already is not read again.
 */
final class MongoFill {

    private static final Set<String> ENDINGS = Set.of("jpg", "jpeg", "png", "gif", "bmp", "tif", "tiff", "webp");
    private static final long MAX_FILE_BYTES = 15L << 20;
    private static final long BATCH_BYTES = 8L << 20;
    private static final int BATCH_FILES = 200;

    private final MongoStore store;
    private final SourceSpec spec;

    MongoFill(MongoStore store, SourceSpec spec) {
        this.store = store;
        this.spec = spec;
    }

    /** What became of the files; too large is more than a document of MongoDB holds. */
    record Report(int files, long added, List<String> tooLarge) {}

    /** Loads what is not there yet. */
    Report load(Path folder, LongFunction<ProgressBar> progress) {
        try {
            List<Path> files = list(folder);
            if (files.isEmpty()) {
                throw new ExampleException("--images " + folder + " holds no pictures (" + String.join(", ", ENDINGS)
                        + "); name a folder that does");
            }
            ProgressBar bar = progress.apply(files.size());
            List<String> tooLarge = new ArrayList<>();
            long added = 0;
            for (int from = 0; from < files.size(); from += BATCH_FILES) {
                List<Path> batch = files.subList(from, Math.min(files.size(), from + BATCH_FILES));
                added += load(folder, batch, tooLarge);
                bar.at(from + batch.size());
            }
            return new Report(files.size(), added, tooLarge);
        } catch (IOException | UncheckedIOException e) {
            throw new ExampleException("cannot read --images " + folder + ": " + e.getMessage(), e);
        }
    }

    private long load(Path folder, List<Path> batch, List<String> tooLarge) throws IOException {
        Map<String, Path> byId = new LinkedHashMap<>();
        batch.forEach(file -> byId.put(folder.relativize(file).toString(), file));
        Set<String> there = store.known(List.copyOf(byId.keySet()));
        List<Document> documents = new ArrayList<>();
        long added = 0;
        long bytes = 0;
        for (Map.Entry<String, Path> entry : byId.entrySet()) {
            Path file = entry.getValue();
            long size = Files.size(file);
            if (there.contains(entry.getKey())) {
                continue;
            } else if (size > MAX_FILE_BYTES) {
                tooLarge.add(entry.getKey());
                continue;
            }
            if (!documents.isEmpty() && bytes + size > BATCH_BYTES) {
                store.insert(documents);
                documents.clear();
                bytes = 0;
            }
            documents.add(document(folder, entry.getKey(), file));
            bytes += size;
            added++;
        }
        store.insert(documents);
        return added;
    }

    private Document document(Path folder, String id, Path file) throws IOException {
        Document document = new Document("_id", id)
                .append("filename", file.getFileName().toString())
                .append(spec.imageColumn(), new Binary(Files.readAllBytes(file)));
        Path parent = folder.relativize(file).getParent();
        return parent == null
                ? document
                : document.append(spec.labelColumn(), parent.getFileName().toString());
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .filter(MongoFill::isPicture)
                    .sorted()
                    .toList();
        }
    }

    private static boolean isPicture(Path file) {
        String name = file.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return dot > 0 && ENDINGS.contains(name.substring(dot + 1).toLowerCase(Locale.ROOT));
    }
}
