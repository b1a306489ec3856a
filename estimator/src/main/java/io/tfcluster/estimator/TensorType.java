package io.tfcluster.estimator;

import java.util.Optional;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/** A tensor's type of elements: its number in TensorFlow's C interface, its bytes, and what it becomes in a DataFrame. */
enum TensorType {
    FLOAT32(1, 4, DataTypes.FloatType),
    FLOAT64(2, 8, DataTypes.DoubleType),
    INT32(3, 4, DataTypes.IntegerType),
    UINT8(4, 1, DataTypes.ShortType),
    INT16(5, 2, DataTypes.ShortType),
    INT8(6, 1, DataTypes.ByteType),
    STRING(7, 0, DataTypes.StringType),
    INT64(9, 8, DataTypes.LongType),
    BOOL(10, 1, DataTypes.BooleanType),
    BFLOAT16(14, 2, DataTypes.FloatType),
    UINT16(17, 2, DataTypes.IntegerType),
    FLOAT16(19, 2, DataTypes.FloatType),
    UINT32(22, 4, DataTypes.LongType),
    /** Spark has no type for all of its values; those above the largest long are an error. */
    UINT64(23, 8, DataTypes.LongType);

    private final int number;
    private final int bytes;

    @SuppressWarnings("ImmutableEnumChecker") // Spark's simple types are
    private final DataType spark;

    TensorType(int number, int bytes, DataType spark) {
        this.number = number;
        this.bytes = bytes;
        this.spark = spark;
    }

    /** Returns the type; empty for one that no column can fill or hold, such as complex numbers and resources. */
    static Optional<TensorType> of(int number) {
        for (TensorType type : values()) {
            if (type.number == number) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }

    int number() {
        return number;
    }

    /** Returns the bytes of an element; 0 for strings. */
    int bytes() {
        return bytes;
    }

    DataType spark() {
        return spark;
    }

    boolean isFloating() {
        return this == FLOAT32 || this == FLOAT64 || this == FLOAT16 || this == BFLOAT16;
    }

    /** Returns the smallest value of an integer type. */
    long least() {
        return switch (this) {
            case INT8 -> Byte.MIN_VALUE;
            case INT16 -> Short.MIN_VALUE;
            case INT32 -> Integer.MIN_VALUE;
            case INT64 -> Long.MIN_VALUE;
            default -> 0;
        };
    }

    /** Returns the largest value of an integer type that a long can hold. */
    long most() {
        return switch (this) {
            case INT8 -> Byte.MAX_VALUE;
            case UINT8 -> 0xFF;
            case INT16 -> Short.MAX_VALUE;
            case UINT16 -> 0xFFFF;
            case INT32 -> Integer.MAX_VALUE;
            case UINT32 -> 0xFFFF_FFFFL;
            default -> Long.MAX_VALUE;
        };
    }
}
