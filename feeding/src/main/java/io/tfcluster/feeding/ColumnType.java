package io.tfcluster.feeding;

/** What one element of a {@link Column} is, and which tensor it becomes. */
public enum ColumnType {
    /** One byte, 0 to 255; becomes TUint8. */
    UINT8(1),
    /** 32-bit integer; becomes TInt32. */
    INT32(4),
    /** 64-bit integer; becomes TInt64. */
    INT64(8),
    /** 32-bit floating point; becomes TFloat32. */
    FLOAT32(4),
    /** 64-bit floating point; becomes TFloat64. */
    FLOAT64(8),
    /** One byte, 0 or 1; becomes TBool. */
    BOOL(1),
    /** Text, UTF-8 on the wire; becomes TString. */
    STRING(0),
    /** Bytes of any length, a JPEG for example; becomes TString. */
    BINARY(0);

    private final int bytes;

    ColumnType(int bytes) {
        this.bytes = bytes;
    }

    /** Returns the bytes of one element, 0 for {@link #STRING} and {@link #BINARY}, whose cells have any length. */
    public int bytes() {
        return bytes;
    }

    /** Returns whether every element has the same length, all but {@link #STRING} and {@link #BINARY}. */
    public boolean isFixed() {
        return bytes > 0;
    }
}
