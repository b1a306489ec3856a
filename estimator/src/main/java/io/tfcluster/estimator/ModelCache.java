package io.tfcluster.estimator;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The models that this process has loaded: each once, for all tasks that ask for it, and kept for the next job.
 *
 * <p>A model is known by its files (path, lengths, times of change), tags, threads and isolation. When there are too many, by number or by the bytes of
 * their files, those that no task uses are closed, the one that was longest out of use first. It is one for the process, against our habit:
 * tasks of all jobs and applications' stages must find it, and Spark gives them nothing else to share.
 */
final class ModelCache {
    /** Spark's settings for the limits. */
    static final String MOST_MODELS = "spark.tfcluster.models.max";

    static final String MOST_BYTES = "spark.tfcluster.models.maxBytes";
    private static final int DEFAULT_MODELS = 4;
    private static final long DEFAULT_BYTES = 4L << 30;

    private static final Logger log = LoggerFactory.getLogger(ModelCache.class);
    private static final ModelCache OF_PROCESS = new ModelCache();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(OF_PROCESS::endWithProcess, "tfcluster-models-end"));
    }

    /** In the order of use, the longest unused first. */
    private final Map<Key, Entry> entries = new LinkedHashMap<>();

    private long loads;
    private long evictions;

    /**
     * What models are told apart by.
     *
     * @param threads of the session
     * @param child whether it is in a process of its own
     */
    record Key(ModelSource source, int threads, boolean child) {}

    /** What is in the cache. */
    private static final class Entry {
        final CompletableFuture<Held> held = new CompletableFuture<>();
        int uses;

        /** Whether its model will answer no more. */
        boolean isSpent() {
            Held there = held.isCompletedExceptionally() ? null : held.getNow(null);
            return there != null && !there.model().isUsable();
        }
    }

    private record Held(LoadedModel model, LocalCopy copy) {
        void close() {
            model.close();
            copy.close();
        }
    }

    /** Limits of the cache. */
    record Limits(int models, long bytes) {
        static Limits of(org.apache.spark.SparkConf conf) {
            return new Limits(
                    conf.getInt(MOST_MODELS, DEFAULT_MODELS), conf.getSizeAsBytes(MOST_BYTES, DEFAULT_BYTES + "b"));
        }
    }

    /** The right to use a model, until it is closed. */
    final class Lease implements AutoCloseable {
        private final Entry entry;
        private final LoadedModel model;
        private final Limits limits;
        private final AtomicBoolean closed = new AtomicBoolean();

        private Lease(Entry entry, LoadedModel model, Limits limits) {
            this.entry = entry;
            this.model = model;
            this.limits = limits;
        }

        LoadedModel model() {
            return model;
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                release(entry, limits);
            }
        }
    }

    static ModelCache ofProcess() {
        return OF_PROCESS;
    }

    /**
     * Returns the model, loading it if nobody has; others who want the same wait for that.
     *
     * @throws RuntimeException if it cannot be loaded; the next one who asks tries again
     */
    Lease lease(Key key, Limits limits, TaskFiles files) {
        Entry entry;
        boolean mine;
        Entry spent = null;
        synchronized (entries) {
            Entry known = entries.remove(key);
            if (known != null && known.isSpent()) {
                spent = known;
                known = null;
            }
            mine = known == null;
            entry = known == null ? new Entry() : known;
            entries.put(key, entry); // used last
            entry.uses++;
            loads += mine ? 1 : 0;
        }
        if (spent != null) {
            log.warn("the process of {} has ended; starting another one", key.source());
            spent.held.join().close();
        }
        if (mine) {
            load(key, entry, files);
        }
        try {
            LoadedModel model = entry.held.join().model();
            closeAll(evicted(limits));
            return new Lease(entry, model, limits);
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private void load(Key key, Entry entry, TaskFiles files) {
        LocalCopy copy = null;
        try {
            long start = System.nanoTime();
            copy = LocalCopy.of(key.source(), files);
            LoadedModel model = key.child()
                    ? ChildModel.start(key.source(), copy.path(), key.threads())
                    : NativeModel.load(key.source(), copy.path(), key.threads());
            log.info(
                    "loaded {} {}in {} ms",
                    key.source(),
                    key.child() ? "into a process of its own " : "",
                    (System.nanoTime() - start) / 1_000_000);
            entry.held.complete(new Held(model, copy));
        } catch (RuntimeException | Error e) {
            if (copy != null) {
                copy.close();
            }
            synchronized (entries) {
                entries.remove(key, entry);
            }
            entry.held.completeExceptionally(e);
        }
    }

    private void release(Entry entry, Limits limits) {
        synchronized (entries) {
            entry.uses--;
        }
        closeAll(evicted(limits));
    }

    /** Takes out what is too much and not in use. */
    private List<Entry> evicted(Limits limits) {
        List<Entry> out = new ArrayList<>();
        synchronized (entries) {
            long bytes = entries.keySet().stream()
                    .mapToLong(key -> key.source().bytes())
                    .sum();
            for (Map.Entry<Key, Entry> each : List.copyOf(entries.entrySet())) {
                boolean over = entries.size() > limits.models() || bytes > limits.bytes();
                if (over && each.getValue().uses == 0) {
                    entries.remove(each.getKey());
                    bytes -= each.getKey().source().bytes();
                    out.add(each.getValue());
                    evictions++;
                }
            }
        }
        return out;
    }

    private static void closeAll(List<Entry> out) {
        out.forEach(entry -> entry.held.join().close());
    }

    /** Deletes what is on disk, and ends children; sessions of this process end with it. */
    private void endWithProcess() {
        synchronized (entries) {
            for (Entry entry : entries.values()) {
                Held held = entry.held.isCompletedExceptionally() ? null : entry.held.getNow(null);
                if (held != null) {
                    held.copy().close();
                    if (held.model() instanceof ChildModel child) {
                        child.close();
                    }
                }
            }
        }
    }

    /** Returns how many times a model was loaded in this process. */
    long loads() {
        synchronized (entries) {
            return loads;
        }
    }

    long evictions() {
        synchronized (entries) {
            return evictions;
        }
    }

    /** Returns how many models are loaded now. */
    int size() {
        synchronized (entries) {
            return entries.size();
        }
    }
}
