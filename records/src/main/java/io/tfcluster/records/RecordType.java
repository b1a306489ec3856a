package io.tfcluster.records;

/** What the records of a file hold. */
public enum RecordType {
    /** A flat set of features; a column for each. */
    EXAMPLE("Example"),

    /** Context features and feature lists; lists are columns of type {@code array<array<...>>}. */
    SEQUENCE_EXAMPLE("SequenceExample"),

    /** Anything: the records as they are, in one binary column named {@value #BYTES_COLUMN}. */
    BYTE_ARRAY("ByteArray");

    /** The only column of {@link #BYTE_ARRAY}. */
    public static final String BYTES_COLUMN = "byteArray";

    private final String optionName;

    RecordType(String optionName) {
        this.optionName = optionName;
    }

    /** Returns the value of the option {@code recordType} that stands for it, as in spark-tfrecord: {@code Example}. */
    public String optionName() {
        return optionName;
    }

    static RecordType ofOption(String value) {
        for (RecordType type : values()) {
            if (type.optionName.equalsIgnoreCase(value)) {
                return type;
            }
        }
        throw new IllegalArgumentException(
                "option recordType must be Example, SequenceExample or ByteArray, got " + value);
    }
}
