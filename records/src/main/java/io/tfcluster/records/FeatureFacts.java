package io.tfcluster.records;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.Feature;

/** What is known of one feature after some records. */
final class FeatureFacts implements Serializable {
    private final String name;
    private final boolean list;

    private @Nullable Kind kind;
    private String kindFile = "";
    private long kindRecord;
    private long present;
    private boolean alwaysOne = true;
    private boolean text = true;

    FeatureFacts(String name, boolean list) {
        this.name = name;
        this.list = list;
    }

    String name() {
        return name;
    }

    @Nullable
    Kind kind() {
        return kind;
    }

    boolean text() {
        return text;
    }

    /** Counts the feature lists of one record, or its one context feature. */
    void add(List<Feature> features, String file, long record) {
        boolean found = list;
        for (Feature feature : features) {
            Kind its = Kind.of(feature);
            if (its == null) {
                continue;
            }
            found = true;
            see(its, file, record);
            alwaysOne &= its.count(feature) == 1;
            if (its == Kind.BYTES && text) {
                text = feature.getBytesList().getValueList().stream().allMatch(bytes -> bytes.isValidUtf8());
            }
        }
        present += found ? 1 : 0;
    }

    private void see(Kind its, String file, long record) {
        if (kind == null) {
            kind = its;
            kindFile = file;
            kindRecord = record;
        } else if (kind != its) {
            throw new TFRecordException(
                    "feature " + name + " holds " + kind + " values in record " + kindRecord + " of " + kindFile
                            + ", but "
                            + its + " values in record " + record + " of " + file
                            + "; read the files apart, or write them again with one kind",
                    file,
                    record,
                    null);
        }
    }

    void merge(FeatureFacts other) {
        if (other.kind != null) {
            see(other.kind, other.kindFile, other.kindRecord);
        }
        present += other.present;
        alwaysOne &= other.alwaysOne;
        text &= other.text;
    }

    boolean missingInSome(long records) {
        return present < records;
    }

    DataType type(boolean binary) {
        DataType element = kind == null
                ? bytes(binary)
                : switch (kind) {
                    case INT64 -> DataTypes.LongType;
                    case FLOAT -> DataTypes.FloatType;
                    case BYTES -> bytes(binary);
                };
        if (list) {
            return new ArrayType(new ArrayType(element, false), false);
        }
        return alwaysOne ? element : new ArrayType(element, false);
    }

    private DataType bytes(boolean binary) {
        return binary || !text ? DataTypes.BinaryType : DataTypes.StringType;
    }
}
