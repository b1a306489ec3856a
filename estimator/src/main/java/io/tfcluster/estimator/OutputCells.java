package io.tfcluster.estimator;

import io.tfcluster.estimator.OutputPlan.Kind;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.spark.ml.linalg.VectorUDT;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.unsafe.types.UTF8String;

/** Reads the cells of one output of one run, as Spark holds them within; valid until its tensor is closed. */
final class OutputCells {
    private static final VectorUDT VECTORS = new VectorUDT();

    private final OutputPlan plan;
    private final BatchTensor tensor;
    private final TensorType type;
    /** The shape of one row's cell. */
    private final int[] shape;

    private final int elements;
    private final ByteBuffer bytes;

    /**
     * Looks at a result.
     *
     * @param rows how many the run took
     * @throws IllegalStateException if it has another number of rows, or another type or shape than the model said
     */
    OutputCells(OutputPlan plan, BatchTensor tensor, long rows) {
        this.plan = plan;
        this.tensor = tensor;
        this.type = tensor.type();
        long[] dims = tensor.dims();
        if (type != plan.spec().type()) {
            throw new IllegalStateException("output " + plan.spec().name() + " is " + type + ", the model had said "
                    + plan.spec().text());
        }
        if (plan.batched() && (dims.length == 0 || dims[0] != rows)) {
            throw new IllegalStateException(
                    "the model answered " + (dims.length == 0 ? "one value" : dims[0] + " rows")
                            + " of output " + plan.spec().name() + " to " + rows + " rows of input (shape "
                            + Arrays.toString(dims)
                            + "); it must answer one for each: leave that output out, or set batchSize to 1 if it takes rows one by one");
        }
        long[] row = plan.batched() ? Arrays.copyOfRange(dims, 1, dims.length) : dims;
        if (plan.kind() != Kind.VECTOR && plan.spec().ranked() && row.length != plan.depth()) {
            throw new IllegalStateException("output " + plan.spec().name() + " has the shape " + Arrays.toString(dims)
                    + ", the model had said " + plan.spec().text());
        }
        this.shape = Arrays.stream(row).mapToInt(Math::toIntExact).toArray();
        this.elements = Arrays.stream(shape).reduce(1, Math::multiplyExact);
        this.bytes = type == TensorType.STRING
                ? ByteBuffer.allocate(0)
                : tensor.memory().bytes();
    }

    /** Returns a row's cell. */
    Object cell(int row) {
        int first = row * elements;
        if (plan.kind() == Kind.VECTOR) {
            return VECTORS.serialize(Vectors.dense(doubles(row)));
        }
        if (!plan.spec().ranked()) {
            return array(first, elements);
        }
        return shape.length == 0 ? value(first) : nested(first, elements, 0);
    }

    /** Returns a row's numbers as they follow each other. */
    double[] doubles(int row) {
        double[] values = new double[elements];
        int first = row * elements;
        if (type == TensorType.FLOAT32) {
            for (int i = 0; i < elements; i++) {
                values[i] = bytes.getFloat(4 * (first + i));
            }
        } else {
            for (int i = 0; i < elements; i++) {
                Object value = value(first + i);
                values[i] = value instanceof Boolean truth ? (truth ? 1 : 0) : ((Number) value).doubleValue();
            }
        }
        return values;
    }

    private ArrayData nested(int first, int count, int level) {
        if (level == shape.length - 1) {
            return array(first, count);
        }
        Object[] inner = new Object[shape[level]];
        int part = inner.length == 0 ? 0 : count / inner.length;
        for (int i = 0; i < inner.length; i++) {
            inner[i] = nested(first + i * part, part, level + 1);
        }
        return new GenericArrayData(inner);
    }

    private ArrayData array(int first, int count) {
        switch (type) {
            case FLOAT32 -> {
                float[] values = new float[count];
                bytes.slice(4 * first, 4 * count)
                        .order(bytes.order())
                        .asFloatBuffer()
                        .get(values);
                return UnsafeArrayData.fromPrimitiveArray(values);
            }
            case FLOAT64 -> {
                double[] values = new double[count];
                bytes.slice(8 * first, 8 * count)
                        .order(bytes.order())
                        .asDoubleBuffer()
                        .get(values);
                return UnsafeArrayData.fromPrimitiveArray(values);
            }
            case INT32 -> {
                int[] values = new int[count];
                bytes.slice(4 * first, 4 * count)
                        .order(bytes.order())
                        .asIntBuffer()
                        .get(values);
                return UnsafeArrayData.fromPrimitiveArray(values);
            }
            case INT64 -> {
                long[] values = new long[count];
                bytes.slice(8 * first, 8 * count)
                        .order(bytes.order())
                        .asLongBuffer()
                        .get(values);
                return UnsafeArrayData.fromPrimitiveArray(values);
            }
            default -> {
                Object[] values = new Object[count];
                for (int i = 0; i < count; i++) {
                    values[i] = value(first + i);
                }
                return new GenericArrayData(values);
            }
        }
    }

    private Object value(int place) {
        return switch (type) {
            case FLOAT32 -> bytes.getFloat(4 * place);
            case FLOAT64 -> bytes.getDouble(8 * place);
            case FLOAT16 -> Halves.fromHalf(bytes.getShort(2 * place));
            case BFLOAT16 -> Halves.fromBrain(bytes.getShort(2 * place));
            case INT8 -> bytes.get(place);
            case UINT8 -> (short) (bytes.get(place) & 0xFF);
            case INT16 -> bytes.getShort(2 * place);
            case UINT16 -> bytes.getShort(2 * place) & 0xFFFF;
            case INT32 -> bytes.getInt(4 * place);
            case UINT32 -> bytes.getInt(4 * place) & 0xFFFF_FFFFL;
            case INT64 -> bytes.getLong(8 * place);
            case UINT64 -> unsigned(bytes.getLong(8 * place));
            case BOOL -> bytes.get(place) != 0;
            case STRING -> {
                byte[] text = tensor.get(place);
                yield plan.kind() == Kind.BINARY ? text : UTF8String.fromBytes(text);
            }
        };
    }

    private long unsigned(long value) {
        if (value < 0) {
            throw new IllegalStateException("output " + plan.spec().name() + " has " + Long.toUnsignedString(value)
                    + ", more than Spark's bigint holds; cast it to float64 in the model");
        }
        return value;
    }
}
