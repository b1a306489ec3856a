package io.tfcluster.records;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * How TFRecord files are read and written; one object may serve both ways.
 *
 * <p>Immutable.
 *
 * <pre>{@code
 * TFRecordOptions options = TFRecordOptions.builder()
 *         .recordType(RecordType.SEQUENCE_EXAMPLE)
 *         .binaryColumns("image/encoded")
 *         .build();
 * }</pre>
 */
public final class TFRecordOptions implements Serializable {
    static final int DEFAULT_MAX_RECORD_BYTES = 1 << 30;

    private final RecordType recordType;
    private final @Nullable StructType schema;
    private final List<String> binaryColumns;
    private final Compression compression;
    private final SaveMode saveMode;
    private final boolean skipCorrupt;
    private final int maxRecordBytes;

    private TFRecordOptions(Builder builder) {
        this.recordType = builder.recordType;
        this.schema = builder.schema;
        this.binaryColumns = List.copyOf(builder.binaryColumns);
        this.compression = builder.compression;
        this.saveMode = builder.saveMode;
        this.skipCorrupt = builder.skipCorrupt;
        this.maxRecordBytes = builder.maxRecordBytes;
    }

    /** Starts with the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Returns what the records hold. */
    public RecordType recordType() {
        return recordType;
    }

    /** Returns the columns to read, if they were given. */
    public Optional<StructType> schema() {
        return Optional.ofNullable(schema);
    }

    /** Returns the bytes features that are to be read as binary columns. */
    public Set<String> binaryColumns() {
        return Set.copyOf(binaryColumns);
    }

    /** Returns how files are written. */
    public Compression compression() {
        return compression;
    }

    /** Returns what is done when the folder to write to is there already. */
    public SaveMode saveMode() {
        return saveMode;
    }

    /** Returns whether damaged records are left out when reading. */
    public boolean skipCorrupt() {
        return skipCorrupt;
    }

    /** Returns the bytes of the largest record that is read. */
    public int maxRecordBytes() {
        return maxRecordBytes;
    }

    /** Collects options; belongs to one thread. */
    public static final class Builder {
        private RecordType recordType = RecordType.EXAMPLE;
        private @Nullable StructType schema;
        private final Set<String> binaryColumns = new LinkedHashSet<>();
        private Compression compression = Compression.NONE;
        private SaveMode saveMode = SaveMode.ErrorIfExists;
        private boolean skipCorrupt;
        private int maxRecordBytes = DEFAULT_MAX_RECORD_BYTES;

        private Builder() {}

        /** Sets what the records hold; {@link RecordType#EXAMPLE} by default. */
        public Builder recordType(RecordType type) {
            this.recordType = requireNonNull(type, "recordType");
            return this;
        }

        /**
         * Sets the columns to read, instead of looking through all records for them. Features without a column are not read; a column without
         * a feature is null. Columns may also be of narrower types than those inferred (int, short, byte, boolean; double); a value that
         * does not fit is an error.
         */
        public Builder schema(StructType schema) {
            this.schema = requireNonNull(schema, "schema");
            return this;
        }

        /**
         * Names bytes features that are binary columns, whatever they hold. Others are strings if all their values are valid UTF-8,
         * otherwise binary.
         */
        public Builder binaryColumns(String... names) {
            this.binaryColumns.addAll(List.of(names));
            return this;
        }

        /** Sets how files are written; {@link Compression#NONE} by default. */
        public Builder compression(Compression compression) {
            this.compression = requireNonNull(compression, "compression");
            return this;
        }

        /** Sets what is done when the folder to write to is there already; an error by default. */
        public Builder saveMode(SaveMode mode) {
            this.saveMode = requireNonNull(mode, "saveMode");
            return this;
        }

        /**
         * Sets whether damaged records are left out, each with a warning in the log. A record whose data does not fit its CRC is left out
         * alone; after a damaged length, a cut end or a broken gzip stream nothing tells where the next record begins, and the rest of the
         * file is left out.
         */
        public Builder skipCorrupt(boolean skip) {
            this.skipCorrupt = skip;
            return this;
        }

        /** Sets the bytes of the largest record that is read, so that no file can ask for all memory; 1 GiB by default. */
        public Builder maxRecordBytes(int bytes) {
            if (bytes < 1) {
                throw new IllegalArgumentException("maxRecordBytes must be 1 or more, got " + bytes);
            }
            this.maxRecordBytes = bytes;
            return this;
        }

        /**
         * Makes the options.
         *
         * @throws IllegalArgumentException if both a schema and binary columns were given
         */
        public TFRecordOptions build() {
            if (schema != null && !binaryColumns.isEmpty()) {
                throw new IllegalArgumentException(
                        "binaryColumns " + binaryColumns
                                + " are hints for a schema that is inferred; with a schema of your own give the columns the type binary in it");
            }
            return new TFRecordOptions(this);
        }
    }
}
