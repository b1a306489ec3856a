package io.tfcluster.estimator;

import io.tfcluster.feeding.Column;
import io.tfcluster.feeding.ColumnType;
import io.tfcluster.feeding.FeedSchema;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.NdArray;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.Example;
import org.tensorflow.proto.Feature;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;

/** Collects the Examples of one batch and makes tensors of them, one for each column. */
final class RecordTensors {
    private final FeedSchema schema;
    private final int most;
    private final List<Example> examples = new ArrayList<>();

    RecordTensors(FeedSchema schema, int most) {
        this.schema = schema;
        this.most = most;
    }

    void add(Example example) {
        if (examples.size() >= most) {
            throw new IllegalStateException("the batch has its " + most + " rows");
        }
        examples.add(example);
    }

    int count() {
        return examples.size();
    }

    /** Returns the tensors by column, none if there are no rows; the caller closes them. */
    Map<String, Tensor> tensors() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        if (!examples.isEmpty()) {
            try {
                schema.columns().forEach(column -> tensors.put(column.name(), tensor(column)));
            } catch (RuntimeException e) {
                tensors.values().forEach(Tensor::close);
                throw e;
            }
        }
        return tensors;
    }

    private Tensor tensor(Column column) {
        Shape shape = Shape.of(FeedColumns.shape(column)).prepend(examples.size());
        if (column.type() == ColumnType.STRING || column.type() == ColumnType.BINARY) {
            byte[][] values = new byte[examples.size()][];
            for (int row = 0; row < values.length; row++) {
                values[row] = feature(column, row).getBytesList().getValue(0).toByteArray();
            }
            NdArray<byte[]> all = NdArrays.vectorOfObjects(values);
            return TString.tensorOfBytes(all);
        }
        int elements = Math.toIntExact(column.elements());
        int width = width(column.type());
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(width * elements, examples.size()))
                .order(ByteOrder.nativeOrder());
        for (int row = 0; row < examples.size(); row++) {
            write(column, feature(column, row), elements, bytes);
        }
        var data = DataBuffers.of(bytes.array());
        return switch (column.type()) {
            case UINT8 -> Tensor.of(TUint8.class, shape, data);
            case BOOL -> Tensor.of(TBool.class, shape, data);
            case INT32 -> Tensor.of(TInt32.class, shape, data);
            case INT64 -> Tensor.of(TInt64.class, shape, data);
            case FLOAT32 -> Tensor.of(TFloat32.class, shape, data);
            default -> Tensor.of(TFloat64.class, shape, data);
        };
    }

    private static int width(ColumnType type) {
        return switch (type) {
            case UINT8, BOOL -> 1;
            case INT32, FLOAT32 -> Integer.BYTES;
            default -> Long.BYTES;
        };
    }

    private Feature feature(Column column, int row) {
        Feature feature = examples.get(row).getFeatures().getFeatureMap().get(column.name());
        if (feature == null || feature.getKindCase() == Feature.KindCase.KIND_NOT_SET) {
            throw new IllegalStateException("a record has nothing for input " + column.name()
                    + ": the row was null there; drop or fill such rows");
        }
        return feature;
    }

    private static void write(Column column, Feature feature, int elements, ByteBuffer out) {
        int found = switch (feature.getKindCase()) {
            case INT64_LIST -> feature.getInt64List().getValueCount();
            case FLOAT_LIST -> feature.getFloatList().getValueCount();
            default -> feature.getBytesList().getValue(0).size();
        };
        if (found != elements) {
            throw new IllegalStateException(
                    "a record has " + found + " numbers for input " + column + ", which takes " + elements);
        }
        for (int i = 0; i < elements; i++) {
            switch (feature.getKindCase()) {
                case INT64_LIST -> put(column, feature.getInt64List().getValue(i), out);
                case FLOAT_LIST -> put(column, feature.getFloatList().getValue(i), out);
                default -> out.put(feature.getBytesList().getValue(0).byteAt(i));
            }
        }
    }

    private static void put(Column column, long value, ByteBuffer out) {
        switch (column.type()) {
            case UINT8, BOOL -> {
                if (value < 0 || value > (column.type() == ColumnType.BOOL ? 1 : 255)) {
                    throw new IllegalStateException("a record has " + value + " for input " + column);
                }
                out.put((byte) value);
            }
            case INT32 -> out.putInt(Math.toIntExact(value));
            case INT64 -> out.putLong(value);
            default -> put(column, (double) value, out);
        }
    }

    private static void put(Column column, double value, ByteBuffer out) {
        switch (column.type()) {
            case FLOAT32 -> out.putFloat((float) value);
            case FLOAT64 -> out.putDouble(value);
            default ->
                throw new IllegalStateException(
                        "a record has " + value + " for input " + column + ", which takes whole numbers");
        }
    }
}
