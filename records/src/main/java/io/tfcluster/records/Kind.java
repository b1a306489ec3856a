package io.tfcluster.records;

import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.Feature;

/** The three kinds of values that a feature can hold. */
enum Kind {
    INT64("int64"),
    FLOAT("float"),
    BYTES("bytes");

    private final String text;

    Kind(String text) {
        this.text = text;
    }

    /** Null for a feature without a kind, which is how many programs write a missing value. */
    static @Nullable Kind of(Feature feature) {
        return switch (feature.getKindCase()) {
            case INT64_LIST -> INT64;
            case FLOAT_LIST -> FLOAT;
            case BYTES_LIST -> BYTES;
            case KIND_NOT_SET -> null;
        };
    }

    int count(Feature feature) {
        return switch (this) {
            case INT64 -> feature.getInt64List().getValueCount();
            case FLOAT -> feature.getFloatList().getValueCount();
            case BYTES -> feature.getBytesList().getValueCount();
        };
    }

    @Override
    public String toString() {
        return text;
    }
}
