package io.tfcluster.records;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.types.UTF8String;
import org.tensorflow.proto.BytesList;
import org.tensorflow.proto.Feature;
import org.tensorflow.proto.FloatList;
import org.tensorflow.proto.Int64List;

/**
 * The element types of columns, each with its way into a feature and back. Values are those of Spark's own rows, so that arrays need no object
 * for each element.
 */
enum Cell {
    LONG(Kind.INT64, DataTypes.LongType) {
        @Override
        long int64(SpecializedGetters from, int at) {
            return from.getLong(at);
        }

        @Override
        Object value(Feature feature, int at) {
            return feature.getInt64List().getValue(at);
        }

        @Override
        ArrayData values(Feature feature) {
            Int64List list = feature.getInt64List();
            long[] values = new long[list.getValueCount()];
            for (int i = 0; i < values.length; i++) {
                values[i] = list.getValue(i);
            }
            return UnsafeArrayData.fromPrimitiveArray(values);
        }
    },
    INT(Kind.INT64, DataTypes.IntegerType) {
        @Override
        long int64(SpecializedGetters from, int at) {
            return from.getInt(at);
        }

        @Override
        Object value(Feature feature, int at) {
            return (int) within(feature.getInt64List().getValue(at), Integer.MIN_VALUE, Integer.MAX_VALUE);
        }
    },
    SHORT(Kind.INT64, DataTypes.ShortType) {
        @Override
        long int64(SpecializedGetters from, int at) {
            return from.getShort(at);
        }

        @Override
        Object value(Feature feature, int at) {
            return (short) within(feature.getInt64List().getValue(at), Short.MIN_VALUE, Short.MAX_VALUE);
        }
    },
    BYTE(Kind.INT64, DataTypes.ByteType) {
        @Override
        long int64(SpecializedGetters from, int at) {
            return from.getByte(at);
        }

        @Override
        Object value(Feature feature, int at) {
            return (byte) within(feature.getInt64List().getValue(at), Byte.MIN_VALUE, Byte.MAX_VALUE);
        }
    },
    BOOLEAN(Kind.INT64, DataTypes.BooleanType) {
        @Override
        long int64(SpecializedGetters from, int at) {
            return from.getBoolean(at) ? 1 : 0;
        }

        @Override
        Object value(Feature feature, int at) {
            return within(feature.getInt64List().getValue(at), 0, 1) == 1;
        }
    },
    FLOAT(Kind.FLOAT, DataTypes.FloatType) {
        @Override
        float float32(SpecializedGetters from, int at) {
            return from.getFloat(at);
        }

        @Override
        Object value(Feature feature, int at) {
            return feature.getFloatList().getValue(at);
        }

        @Override
        ArrayData values(Feature feature) {
            FloatList list = feature.getFloatList();
            float[] values = new float[list.getValueCount()];
            for (int i = 0; i < values.length; i++) {
                values[i] = list.getValue(i);
            }
            return UnsafeArrayData.fromPrimitiveArray(values);
        }
    },
    DOUBLE(Kind.FLOAT, DataTypes.DoubleType) {
        @Override
        float float32(SpecializedGetters from, int at) {
            return toFloat(from.getDouble(at));
        }

        @Override
        Object value(Feature feature, int at) {
            return (double) feature.getFloatList().getValue(at);
        }
    },
    STRING(Kind.BYTES, DataTypes.StringType) {
        @Override
        ByteString bytes(SpecializedGetters from, int at) {
            return UnsafeByteOperations.unsafeWrap(from.getUTF8String(at).getBytes());
        }

        @Override
        Object value(Feature feature, int at) {
            ByteString bytes = feature.getBytesList().getValue(at);
            if (!bytes.isValidUtf8()) {
                throw new IllegalArgumentException("holds " + bytes.size()
                        + " bytes that are not UTF-8, which a string column would spoil; read it as binary");
            }
            return UTF8String.fromBytes(bytes.toByteArray());
        }
    },
    BINARY(Kind.BYTES, DataTypes.BinaryType) {
        @Override
        ByteString bytes(SpecializedGetters from, int at) {
            return UnsafeByteOperations.unsafeWrap(from.getBinary(at));
        }

        @Override
        Object value(Feature feature, int at) {
            return feature.getBytesList().getValue(at).toByteArray();
        }
    };

    private final Kind kind;

    @SuppressWarnings("ImmutableEnumChecker") // Spark's types do not change
    private final DataType type;

    Cell(Kind kind, DataType type) {
        this.kind = kind;
        this.type = type;
    }

    static Optional<Cell> of(DataType type) {
        return Stream.of(values()).filter(cell -> cell.type.equals(type)).findFirst();
    }

    Kind kind() {
        return kind;
    }

    /** One value of the feature, which is of this kind and has so many. */
    abstract Object value(Feature feature, int at);

    /** All values of the feature, which is of this kind. */
    ArrayData values(Feature feature) {
        Object[] values = new Object[kind.count(feature)];
        for (int i = 0; i < values.length; i++) {
            values[i] = value(feature, i);
        }
        return new GenericArrayData(values);
    }

    /** A feature of so many cells of a row or an array, beginning at one; none may be null. */
    Feature feature(SpecializedGetters from, int first, int count) {
        Feature.Builder feature = Feature.newBuilder();
        switch (kind) {
            case INT64 -> {
                Int64List.Builder list = feature.getInt64ListBuilder();
                for (int i = first; i < first + count; i++) {
                    list.addValue(int64(from, i));
                }
            }
            case FLOAT -> {
                FloatList.Builder list = feature.getFloatListBuilder();
                for (int i = first; i < first + count; i++) {
                    list.addValue(float32(from, i));
                }
            }
            case BYTES -> {
                BytesList.Builder list = feature.getBytesListBuilder();
                for (int i = first; i < first + count; i++) {
                    list.addValue(bytes(from, i));
                }
            }
        }
        return feature.build();
    }

    long int64(SpecializedGetters from, int at) {
        throw new IllegalStateException(this + " holds no integers");
    }

    float float32(SpecializedGetters from, int at) {
        throw new IllegalStateException(this + " holds no floats");
    }

    ByteString bytes(SpecializedGetters from, int at) {
        throw new IllegalStateException(this + " holds no bytes");
    }

    /** Records hold 32-bit floats only: digits are lost, but no number may become infinite. */
    static float toFloat(double value) {
        float narrow = (float) value;
        if (Float.isInfinite(narrow) && !Double.isInfinite(value)) {
            throw new IllegalArgumentException("holds " + value
                    + ", which is too large for the 32-bit floats of a record; scale it, or cast it to string");
        }
        return narrow;
    }

    long within(long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException("holds " + value + ", which does not fit into the column's type "
                    + type.catalogString() + "; read it as bigint");
        }
        return value;
    }
}
