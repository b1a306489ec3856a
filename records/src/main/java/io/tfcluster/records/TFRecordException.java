package io.tfcluster.records;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A file that cannot be read as told, or a row that does not fit into a record.
 *
 * <p>The message names all there is to know; {@link #file()} and {@link #record()} are there for programs that move damaged files aside.
 */
public final class TFRecordException extends RuntimeException {
    private final @Nullable String file;
    private final long record;

    TFRecordException(String message) {
        this(message, null, -1, null);
    }

    TFRecordException(String message, @Nullable String file, long record, @Nullable Throwable cause) {
        super(message, cause);
        this.file = file;
        this.record = record;
    }

    /** Returns the file, where one is concerned. */
    public Optional<String> file() {
        return Optional.ofNullable(file);
    }

    /** Returns the record's number in its file, from 0; -1 where no record is concerned. */
    public long record() {
        return record;
    }

    /** What to throw when a Spark job failed: ours, if that was the reason, since its message is the better one. */
    static RuntimeException ofJob(String job, Exception failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof TFRecordException ours) {
                return new TFRecordException(message(ours), ours.file, ours.record, failure);
            }
        }
        return failure instanceof RuntimeException unchecked
                ? unchecked
                : new IllegalStateException(job + " failed: " + message(failure), failure);
    }

    private static String message(Throwable failure) {
        return String.valueOf(failure.getMessage());
    }
}
