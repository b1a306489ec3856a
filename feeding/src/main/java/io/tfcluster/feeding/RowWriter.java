package io.tfcluster.feeding;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Takes the cells of one row, one call per column in schema order; given to a {@link RowEncoder}.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class RowWriter {
    RowWriter() {}

    /** Writes a whole UINT8 cell or a BINARY value. */
    public RowWriter putBytes(byte @Nullable [] values) {
        throw new UnsupportedOperationException();
    }

    /** Writes the remaining bytes of a buffer as a UINT8 cell or a BINARY value. */
    public RowWriter putBytes(@Nullable ByteBuffer values) {
        throw new UnsupportedOperationException();
    }

    /** Writes a STRING value. */
    public RowWriter putString(@Nullable String value) {
        throw new UnsupportedOperationException();
    }

    /** Writes a scalar INT32 or UINT8 (0 to 255). */
    public RowWriter putInt(int value) {
        throw new UnsupportedOperationException();
    }

    /** Writes an INT32 cell. */
    public RowWriter putInts(int @Nullable [] values) {
        throw new UnsupportedOperationException();
    }

    /** Writes a scalar INT64. */
    public RowWriter putLong(long value) {
        throw new UnsupportedOperationException();
    }

    /** Writes an INT64 cell. */
    public RowWriter putLongs(long @Nullable [] values) {
        throw new UnsupportedOperationException();
    }

    /** Writes a scalar FLOAT32. */
    public RowWriter putFloat(float value) {
        throw new UnsupportedOperationException();
    }

    /** Writes a FLOAT32 cell. */
    public RowWriter putFloats(float @Nullable [] values) {
        throw new UnsupportedOperationException();
    }

    /** Writes a scalar FLOAT64. */
    public RowWriter putDouble(double value) {
        throw new UnsupportedOperationException();
    }

    /** Writes a FLOAT64 cell. */
    public RowWriter putDoubles(double @Nullable [] values) {
        throw new UnsupportedOperationException();
    }

    /** Writes a scalar BOOL. */
    public RowWriter putBoolean(boolean value) {
        throw new UnsupportedOperationException();
    }

    /** Writes a BOOL cell. */
    public RowWriter putBooleans(boolean @Nullable [] values) {
        throw new UnsupportedOperationException();
    }
}
