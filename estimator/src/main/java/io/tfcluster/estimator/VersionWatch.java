package io.tfcluster.estimator;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which version of a model the tasks of this process ask. The task that begins when the last look is a second old looks for a newer one, and
 * loads it; those that begin meanwhile, and those that run, go on with the one before. One that does not fit the query, or cannot be loaded,
 * is refused with one warning, until its files change. One that is deleted makes room for the one before it.
 *
 * <p>Like the cache of models it is known to the whole process, because Spark gives the tasks of different micro-batches nothing to share.
 */
final class VersionWatch {
    private static final Logger log = LoggerFactory.getLogger(VersionWatch.class);
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final Duration LOAD_LIMIT = Duration.ofMinutes(10);
    private static final int MOST_WATCHES = 64;

    private static final Map<Key, VersionWatch> WATCHES = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, VersionWatch> eldest) {
            return size() > MOST_WATCHES;
        }
    };

    /** What watches are told apart by: the same model for the same columns. */
    private record Key(String folder, TransformPlan plan) {}

    private final TransformPlan given;
    private final VersionOrder order;
    private final ReentrantLock looking = new ReentrantLock();
    private final Set<ModelSource> refused = new HashSet<>();
    private volatile @Nullable TransformPlan current;
    private long looked;
    private boolean troubled;

    private VersionWatch(TransformPlan given, VersionOrder order) {
        this.given = given;
        this.order = order;
    }

    /**
     * Returns the watch of this process.
     *
     * @param given as the driver planned, with the version that was the newest then
     */
    static VersionWatch of(TransformPlan given, VersionOrder order) {
        synchronized (WATCHES) {
            return WATCHES.computeIfAbsent(new Key(order.folder(), given), key -> new VersionWatch(given, order));
        }
    }

    /**
     * Takes the newest version that fits.
     *
     * @throws RuntimeException if none can be loaded
     */
    OpenModel open(TaskFiles files) {
        if (begin()) {
            try {
                OpenModel found = look(files);
                if (found != null) {
                    return found;
                }
            } finally {
                looking.unlock();
            }
        }
        TransformPlan plan = current;
        return take(plan == null ? given : plan, files);
    }

    /** Whether this task is the one that looks. The first ones wait for it: nobody knows which version is good. */
    private boolean begin() {
        boolean first = current == null;
        try {
            if (first ? !looking.tryLock(LOAD_LIMIT.toSeconds(), TimeUnit.SECONDS) : !looking.tryLock()) {
                if (first) {
                    throw new IllegalStateException("no version of " + order.folder() + " was loaded within "
                            + LOAD_LIMIT + "; is its file system slow?");
                }
                return false;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a version of " + order.folder() + " was loaded", e);
        }
        if (current != null && System.nanoTime() - looked < LOOK_NANOS) {
            looking.unlock();
            return false;
        }
        return true;
    }

    /** Returns a version that is not the current one and takes its place, or null if there is none. */
    private @Nullable OpenModel look(TaskFiles files) {
        Configuration conf = files.conf();
        try {
            for (Path folder : ModelVersions.folders(order.folder(), conf)) {
                Optional<ModelSource> whole = ModelVersions.whole(folder, ModelInfo.tags(order.stage()), conf);
                if (whole.isPresent() && !refused.contains(whole.get())) {
                    TransformPlan now = current;
                    if (now != null && now.source().equals(whole.get())) {
                        break;
                    }
                    OpenModel opened = taken(whole.get(), files);
                    if (opened != null) {
                        return opened;
                    }
                }
            }
            troubled = false;
        } catch (UncheckedIOException e) {
            if (!troubled) {
                log.warn("cannot look for newer versions in {}; going on with {}", order.folder(), running(), e);
            }
            troubled = true;
        } finally {
            looked = System.nanoTime();
        }
        current = current == null ? given : current;
        return null;
    }

    private @Nullable OpenModel taken(ModelSource version, TaskFiles files) {
        try {
            TransformPlan plan = version.equals(given.source()) ? given : order.plan(version, given, files.conf());
            OpenModel opened = take(plan, files);
            TransformPlan before = current;
            if (before != null) {
                log.info("going over from {} to {}", before.source(), version);
            }
            current = plan;
            return opened;
        } catch (UncheckedIOException e) {
            throw e; // a matter of the file system, not of the version
        } catch (IllegalArgumentException | IllegalStateException e) {
            refused.add(version);
            log.warn(
                    "{} is refused, going on with {}; export one that fits into a folder with a higher number",
                    version,
                    running(),
                    e);
            return null;
        }
    }

    private ModelSource running() {
        TransformPlan plan = current;
        return (plan == null ? given : plan).source();
    }

    /** Opens a version; what the driver sent along is the files of the one that it saw. */
    private OpenModel take(TransformPlan plan, TaskFiles files) {
        boolean sent = plan.source().equals(given.source());
        return TaskModel.open(plan, sent ? files : new TaskFiles(files.hadoop(), null));
    }
}
