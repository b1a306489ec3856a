package io.tfcluster.examples.flowers;

import io.tfcluster.examples.common.ExampleException;
import io.tfcluster.examples.common.ProgressBar;
import io.tfcluster.examples.flowers.PictureDecoder.BrokenPictureException;
import io.tfcluster.examples.flowers.PictureDecoder.Size;
import io.tfcluster.examples.flowers.PictureSource.Candidate;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.bson.Document;
import org.bson.types.Binary;
import org.jspecify.annotations.Nullable;

/**
 * Brings pictures into MongoDB: reads, decodes each once to see that it can be, names it by the SHA-256 of its bytes and inserts what is
 * not there yet. Loading the same pictures again changes nothing.
 *
 * <p>Memory is bounded: a few pictures are read ahead, and a batch goes to the database at 8 MB.
 */
final class Loader {

    private static final long BATCH_BYTES = 8L << 20;
    private static final int BATCH_PICTURES = 200;
    private static final int TEST_PERCENT = 15;
    private static final long READ_SECONDS = 120;

    private final PictureStore store;
    private final boolean strict;

    Loader(PictureStore store, boolean strict) {
        this.store = store;
        this.strict = strict;
    }

    /** What became of the pictures; the counts add up to those offered. */
    record Report(long added, long known, Map<String, List<String>> rejected) {
        Report {
            rejected = new TreeMap<>(rejected);
        }

        long rejectedCount() {
            return rejected.values().stream().mapToLong(List::size).sum();
        }

        /** One line, and one for each reason to reject. */
        String text() {
            String reasons = rejected.entrySet().stream()
                    .map(e -> String.format(
                            "%n  %d rejected: %s (%s)", e.getValue().size(), e.getKey(), examples(e.getValue())))
                    .collect(Collectors.joining());
            return added + " pictures loaded, " + known + " were there already, " + rejectedCount() + " rejected"
                    + reasons;
        }

        private static String examples(List<String> names) {
            return String.join(", ", names.subList(0, Math.min(2, names.size()))) + (names.size() > 2 ? ", …" : "");
        }
    }

    /** A picture that was read; one of document and problem is null. */
    private record Checked(
            String name,
            @Nullable Document document,
            @Nullable String problem) {}

    Report load(PictureSource source, ProgressBar progress) {
        int ahead = Runtime.getRuntime().availableProcessors();
        ExecutorService readers = Executors.newFixedThreadPool(ahead, task -> {
            Thread thread = new Thread(task, "flowers-load");
            thread.setDaemon(true);
            return thread;
        });
        try {
            Run run = new Run();
            Deque<Future<Checked>> window = new ArrayDeque<>();
            Iterator<Candidate> candidates = source.candidates();
            long done = 0;
            progress.at(0);
            while (candidates.hasNext() || !window.isEmpty()) {
                while (candidates.hasNext() && window.size() < 2 * ahead) {
                    Candidate candidate = candidates.next();
                    window.add(readers.submit(() -> check(candidate, source.classes())));
                }
                run.add(await(window.remove()));
                progress.at(++done);
            }
            run.flush();
            store.createIndexes();
            return new Report(run.added, run.known, run.rejected);
        } finally {
            readers.shutdownNow();
        }
    }

    private final class Run {
        private final Map<String, Document> batch = new LinkedHashMap<>();
        private final Map<String, List<String>> rejected = new TreeMap<>();
        private long batchBytes;
        private long added;
        private long known;

        void add(Checked checked) {
            Document document = checked.document;
            if (document == null) {
                String problem = String.valueOf(checked.problem);
                if (strict) {
                    throw new ExampleException(
                            checked.name + ": " + problem + "; repair or remove it, or leave --strict out to skip it");
                }
                rejected.computeIfAbsent(problem, key -> new ArrayList<>()).add(checked.name);
                return;
            }
            if (batch.putIfAbsent(document.getString("_id"), document) != null) {
                known++;
                return;
            }
            batchBytes += document.get("image", Binary.class).length();
            if (batchBytes >= BATCH_BYTES || batch.size() >= BATCH_PICTURES) {
                flush();
            }
        }

        void flush() {
            if (batch.isEmpty()) {
                return;
            }
            Set<String> there = store.known(List.copyOf(batch.keySet()));
            List<Document> fresh = batch.values().stream()
                    .filter(document -> !there.contains(document.getString("_id")))
                    .toList();
            store.insert(fresh);
            known += there.size();
            added += fresh.size();
            batch.clear();
            batchBytes = 0;
        }
    }

    private static Checked await(Future<Checked> future) {
        try {
            return future.get(READ_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new ExampleException("loading failed: " + e.getCause(), e);
        } catch (TimeoutException e) {
            throw new ExampleException(
                    "one picture took more than " + READ_SECONDS + " s to read; is its disk still there?", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ExampleException("interrupted while loading", e);
        }
    }

    private static Checked check(Candidate candidate, List<String> classes) {
        try {
            byte[] file = candidate.read();
            if (file.length == 0) {
                return new Checked(candidate.name(), null, "empty file");
            }
            Size size = PictureDecoder.check(file);
            String sha256 = sha256(file);
            Document document = new Document("_id", sha256)
                    .append("filename", candidate.name())
                    .append("label", candidate.label())
                    .append("class_name", classes.get(candidate.label()))
                    .append("image", new Binary(file))
                    .append("width", size.width())
                    .append("height", size.height())
                    .append("channels", size.channels())
                    .append("split", split(sha256))
                    .append("sha256", sha256);
            return new Checked(candidate.name(), document, null);
        } catch (BrokenPictureException e) {
            return new Checked(candidate.name(), null, e.getMessage());
        } catch (IOException e) {
            return new Checked(candidate.name(), null, "cannot be read");
        }
    }

    /** Train or test, from the hash alone: the same picture is on the same side in every run and every collection. */
    static String split(String sha256) {
        return Integer.parseInt(sha256.substring(0, 7), 16) % 100 < TEST_PERCENT ? "test" : "train";
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
