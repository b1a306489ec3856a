package io.tfcluster.records;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.StructType;
import org.tensorflow.proto.Example;
import org.tensorflow.proto.Feature;
import org.tensorflow.proto.FeatureList;
import org.tensorflow.proto.FeatureLists;
import org.tensorflow.proto.Features;
import org.tensorflow.proto.FloatList;
import org.tensorflow.proto.SequenceExample;

/** Makes records of rows: a feature for each cell that is not null, in the order of the columns, so that equal rows give equal bytes. */
final class RowEncoder implements Serializable {
    private final RecordType recordType;
    private final List<Column> columns;

    /** Refuses columns that no record can hold. */
    RowEncoder(StructType schema, RecordType recordType) {
        this.recordType = recordType;
        this.columns = Column.of(schema, recordType, true);
    }

    byte[] encode(InternalRow row) {
        return switch (recordType) {
            case EXAMPLE -> example(row).toByteArray();
            case SEQUENCE_EXAMPLE -> sequenceExample(row).toByteArray();
            case BYTE_ARRAY -> bytes(row);
        };
    }

    private byte[] bytes(InternalRow row) {
        if (row.isNullAt(0)) {
            throw new IllegalArgumentException(
                    "column " + columns.get(0).name() + " is null, which no record stands for");
        }
        return row.getBinary(0);
    }

    Example example(InternalRow row) {
        return Example.newBuilder().setFeatures(features(row)).build();
    }

    SequenceExample sequenceExample(InternalRow row) {
        FeatureLists.Builder lists = FeatureLists.newBuilder();
        for (int i = 0; i < columns.size(); i++) {
            Column column = columns.get(i);
            if (column.depth() == 2 && !row.isNullAt(i)) {
                lists.putFeatureList(column.name(), list(column, row.getArray(i)));
            }
        }
        return SequenceExample.newBuilder()
                .setContext(features(row))
                .setFeatureLists(lists)
                .build();
    }

    private Features features(InternalRow row) {
        Features.Builder features = Features.newBuilder();
        for (int i = 0; i < columns.size(); i++) {
            Column column = columns.get(i);
            if (column.depth() < 2 && !row.isNullAt(i)) {
                features.putFeature(column.name(), feature(column, row, i));
            }
        }
        return features.build();
    }

    private static Feature feature(Column column, InternalRow row, int at) {
        try {
            if (column.vector()) {
                return vector(row.getStruct(at, 4));
            }
            return column.depth() == 0 ? column.cell().feature(row, at, 1) : array(column, row.getArray(at));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("column " + column.name() + " " + e.getMessage(), e);
        }
    }

    private static FeatureList list(Column column, ArrayData arrays) {
        try {
            FeatureList.Builder list = FeatureList.newBuilder();
            for (int i = 0; i < arrays.numElements(); i++) {
                checkNotNull(arrays, i);
                list.addFeature(array(column, arrays.getArray(i)));
            }
            return list.build();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("column " + column.name() + " " + e.getMessage(), e);
        }
    }

    private static Feature array(Column column, ArrayData array) {
        int count = array.numElements();
        for (int i = 0; i < count; i++) {
            checkNotNull(array, i);
        }
        return column.cell().feature(array, 0, count);
    }

    private static void checkNotNull(ArrayData array, int at) {
        if (array.isNullAt(at)) {
            throw new IllegalArgumentException("has a null at place " + at + " of " + array.numElements()
                    + " of an array, which no record holds; fill it or filter it out");
        }
    }

    /** Spark ML's own form of a vector: kind (0 sparse, 1 dense), size, indices, values. */
    private static Feature vector(InternalRow vector) {
        double[] values = vector.getArray(3).toDoubleArray();
        float[] dense = new float[vector.getByte(0) == 0 ? vector.getInt(1) : values.length];
        int[] indices = vector.getByte(0) == 0 ? vector.getArray(2).toIntArray() : new int[0];
        for (int i = 0; i < values.length; i++) {
            dense[indices.length == 0 ? i : indices[i]] = Cell.toFloat(values[i]);
        }
        FloatList.Builder list = FloatList.newBuilder();
        for (float value : dense) {
            list.addValue(value);
        }
        return Feature.newBuilder().setFloatList(list).build();
    }
}
