package io.tfcluster.records;

import com.google.protobuf.InvalidProtocolBufferException;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.Example;
import org.tensorflow.proto.Feature;
import org.tensorflow.proto.FeatureList;
import org.tensorflow.proto.SequenceExample;

/** Makes rows of records. What does not fit is an IllegalArgumentException that begins with the column; its caller knows file and record. */
final class RowDecoder implements Serializable {
    private final RecordType recordType;
    private final List<Column> columns;

    RowDecoder(StructType schema, RecordType recordType) {
        this.recordType = recordType;
        // without columns, as for a count, there is nothing to look for
        this.columns = schema.isEmpty() ? List.of() : Column.of(schema, recordType, false);
    }

    InternalRow decode(byte[] record) throws InvalidProtocolBufferException {
        if (columns.isEmpty()) {
            return new GenericInternalRow(0);
        }
        return switch (recordType) {
            case EXAMPLE -> row(Example.parseFrom(record));
            case SEQUENCE_EXAMPLE -> row(SequenceExample.parseFrom(record));
            case BYTE_ARRAY -> new GenericInternalRow(new Object[] {record});
        };
    }

    InternalRow row(Example example) {
        return row(example.getFeatures().getFeatureMap(), Map.of());
    }

    InternalRow row(SequenceExample example) {
        return row(
                example.getContext().getFeatureMap(), example.getFeatureLists().getFeatureListMap());
    }

    private InternalRow row(Map<String, Feature> features, Map<String, FeatureList> lists) {
        @Nullable Object[] cells = new @Nullable Object[columns.size()];
        for (int i = 0; i < cells.length; i++) {
            Column column = columns.get(i);
            Object cell;
            try {
                cell = column.depth() == 2
                        ? cell(column, lists.get(column.name()), features.containsKey(column.name()))
                        : cell(column, features.get(column.name()), lists.containsKey(column.name()));
                if (cell == null && !column.nullable()) {
                    throw new IllegalArgumentException("has no value, but the column is not nullable");
                }
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("feature " + column.name() + " " + e.getMessage(), e);
            }
            cells[i] = cell;
        }
        return new GenericInternalRow(cells);
    }

    private static @Nullable Object cell(Column column, @Nullable Feature feature, boolean isList) {
        if (feature == null && isList) {
            throw new IllegalArgumentException("is a feature list; make the column an array of arrays");
        }
        Kind kind = feature == null ? null : Kind.of(feature);
        if (feature == null || kind == null) {
            return null;
        }
        check(kind, column);
        if (column.depth() == 1) {
            return column.cell().values(feature);
        }
        int count = kind.count(feature);
        if (count > 1) {
            throw new IllegalArgumentException("has " + count + " values; make the column an array");
        }
        return count == 0 ? null : column.cell().value(feature, 0);
    }

    private static @Nullable Object cell(Column column, @Nullable FeatureList list, boolean isContext) {
        if (list == null) {
            if (isContext) {
                throw new IllegalArgumentException(
                        "is a context feature, no feature list; make the column a flat array");
            }
            return null;
        }
        Object[] arrays = new Object[list.getFeatureCount()];
        for (int i = 0; i < arrays.length; i++) {
            Feature feature = list.getFeature(i);
            Kind kind = Kind.of(feature);
            if (kind != null) {
                check(kind, column);
            }
            arrays[i] = kind == null
                    ? new GenericArrayData(new Object[0])
                    : column.cell().values(feature);
        }
        return new GenericArrayData(arrays);
    }

    private static void check(Kind kind, Column column) {
        if (kind != column.cell().kind()) {
            throw new IllegalArgumentException("holds " + kind + " values, but the column is of "
                    + column.cell().kind() + " values; change its type in the schema");
        }
    }
}
