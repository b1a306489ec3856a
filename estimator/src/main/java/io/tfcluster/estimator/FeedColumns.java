package io.tfcluster.estimator;

import io.tfcluster.feeding.Column;
import io.tfcluster.feeding.ColumnType;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.training.InputSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TType;

/** Columns of a feed as inputs of a model, and the other way round. */
final class FeedColumns {
    private static final Map<Class<? extends TType>, ColumnType> TYPES = Map.of(
            TUint8.class, ColumnType.UINT8,
            TInt32.class, ColumnType.INT32,
            TInt64.class, ColumnType.INT64,
            TFloat32.class, ColumnType.FLOAT32,
            TFloat64.class, ColumnType.FLOAT64,
            TBool.class, ColumnType.BOOL);

    private FeedColumns() {}

    static List<InputSpec> inputs(FeedSchema schema) {
        return schema.columns().stream().map(FeedColumns::input).toList();
    }

    static InputSpec input(Column column) {
        Class<? extends TType> type = switch (column.type()) {
            case UINT8 -> TUint8.class;
            case INT32 -> TInt32.class;
            case INT64 -> TInt64.class;
            case FLOAT32 -> TFloat32.class;
            case FLOAT64 -> TFloat64.class;
            case BOOL -> TBool.class;
            case STRING, BINARY -> TString.class;
        };
        return new InputSpec(column.name(), type, Shape.of(shape(column)));
    }

    static long[] shape(Column column) {
        return column.shape().stream().mapToLong(Long::longValue).toArray();
    }

    /**
     * Returns the type of the column that fills an input.
     *
     * @param offered the type that the DataFrame has for it, which tells text from bytes
     */
    static ColumnType type(InputSpec input, ColumnType offered) {
        if (input.type() == TString.class) {
            return offered == ColumnType.BINARY ? ColumnType.BINARY : ColumnType.STRING;
        }
        ColumnType type = TYPES.get(input.type());
        if (type == null) {
            throw new IllegalArgumentException("the model asks for input " + input
                    + ", a type that columns cannot have; ask for TFloat32 and cast it with tf().dtypes.cast");
        }
        return type;
    }

    /** Reads a shape such as "96,96,3" or "[96, 96, 3]". */
    static long[] shape(String input, String text) {
        try {
            long[] sizes = Arrays.stream(text.replaceAll("[\\[\\]\\s]", "").split(","))
                    .mapToLong(Long::parseLong)
                    .toArray();
            if (Arrays.stream(sizes).allMatch(size -> size > 0)) {
                return sizes;
            }
        } catch (NumberFormatException e) {
            // said below, as for sizes that are not above 0
        }
        throw new IllegalArgumentException(
                "inputShapes must be sizes such as 96,96,3, got \"" + text + "\" for input " + input);
    }
}
