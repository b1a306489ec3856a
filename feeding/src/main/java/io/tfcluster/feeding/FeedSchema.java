package io.tfcluster.feeding;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The columns of a feed, in order: known on the driver before the first process starts, the same on both ends of every connection.
 *
 * <pre>{@code
 * FeedSchema schema = FeedSchema.builder().uint8("image", 96, 96, 3).int64("label").build();
 * }</pre>
 *
 * @param columns one or more, with different names
 */
public record FeedSchema(List<Column> columns) implements Serializable {
    /** Checks that there is a column and that no name comes twice. */
    public FeedSchema {
        columns = List.copyOf(new ArrayList<>(columns));
        if (columns.isEmpty()) {
            throw new IllegalArgumentException("a feed needs at least one column");
        }
        Set<String> names = new HashSet<>();
        long bytes = 0;
        for (Column column : columns) {
            if (!names.add(column.name())) {
                throw new IllegalArgumentException("two columns are called " + column.name() + ": " + columns);
            }
            bytes += column.cellBytes();
        }
        if (bytes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "one row would have " + bytes + " bytes, the limit is 2 GiB: " + columns);
        }
    }

    /** Starts an empty schema. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Returns the column of that name.
     *
     * @throws IllegalArgumentException naming the columns that do exist
     */
    public Column column(String name) {
        return columns.get(indexOf(name));
    }

    /**
     * Returns the position of the column of that name, from 0.
     *
     * @throws IllegalArgumentException naming the columns that do exist
     */
    public int indexOf(String name) {
        for (int i = 0; i < columns.size(); i++) {
            if (columns.get(i).name().equals(name)) {
                return i;
            }
        }
        throw new IllegalArgumentException("no column " + name + " in this feed; it has "
                + columns.stream().map(Column::name).collect(Collectors.joining(", ")));
    }

    /** Returns the bytes that the fixed columns of one row have together. */
    public long fixedRowBytes() {
        return columns.stream().mapToLong(Column::cellBytes).sum();
    }

    @Override
    public String toString() {
        return columns.toString();
    }

    /** Collects columns in the order in which a {@link RowEncoder} writes them. */
    public static final class Builder {
        private final List<Column> columns = new ArrayList<>();

        private Builder() {}

        /** Adds a column of bytes 0 to 255, an image for example. */
        public Builder uint8(String name, long... shape) {
            return column(name, ColumnType.UINT8, shape);
        }

        /** Adds a column of 32-bit integers. */
        public Builder int32(String name, long... shape) {
            return column(name, ColumnType.INT32, shape);
        }

        /** Adds a column of 64-bit integers. */
        public Builder int64(String name, long... shape) {
            return column(name, ColumnType.INT64, shape);
        }

        /** Adds a column of 32-bit floats. */
        public Builder float32(String name, long... shape) {
            return column(name, ColumnType.FLOAT32, shape);
        }

        /** Adds a column of 64-bit floats. */
        public Builder float64(String name, long... shape) {
            return column(name, ColumnType.FLOAT64, shape);
        }

        /** Adds a column of truth values. */
        public Builder bool(String name, long... shape) {
            return column(name, ColumnType.BOOL, shape);
        }

        /** Adds a column of texts, one per row. */
        public Builder string(String name) {
            return column(name, ColumnType.STRING);
        }

        /** Adds a column of byte strings of any length, one per row. */
        public Builder binary(String name) {
            return column(name, ColumnType.BINARY);
        }

        /** Adds a column whose type is known only at run time. */
        public Builder column(String name, ColumnType type, long... shape) {
            columns.add(new Column(name, type, Arrays.stream(shape).boxed().toList()));
            return this;
        }

        /** Returns the schema; at least one column must have been added. */
        public FeedSchema build() {
            return new FeedSchema(columns);
        }
    }
}
