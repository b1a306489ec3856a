package io.tfcluster.records;

import com.google.protobuf.InvalidProtocolBufferException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tensorflow.proto.Example;
import org.tensorflow.proto.Feature;
import org.tensorflow.proto.FeatureList;
import org.tensorflow.proto.SequenceExample;

/** What is known of the features after some records; tasks collect it, the driver merges it into a schema. */
final class SchemaFacts implements Serializable {
    private static final Logger log = LoggerFactory.getLogger(SchemaFacts.class);

    private final Map<String, FeatureFacts> features = new TreeMap<>();
    private final Map<String, FeatureFacts> lists = new TreeMap<>();
    private long records;

    void add(byte[] record, RecordType type, String file, long number) throws InvalidProtocolBufferException {
        records++;
        if (type == RecordType.SEQUENCE_EXAMPLE) {
            SequenceExample example = SequenceExample.parseFrom(record);
            addFeatures(example.getContext().getFeatureMap(), file, number);
            for (Map.Entry<String, FeatureList> list :
                    example.getFeatureLists().getFeatureListMap().entrySet()) {
                lists.computeIfAbsent(list.getKey(), name -> new FeatureFacts(name, true))
                        .add(list.getValue().getFeatureList(), file, number);
            }
        } else {
            addFeatures(Example.parseFrom(record).getFeatures().getFeatureMap(), file, number);
        }
    }

    private void addFeatures(Map<String, Feature> map, String file, long number) {
        for (Map.Entry<String, Feature> feature : map.entrySet()) {
            features.computeIfAbsent(feature.getKey(), name -> new FeatureFacts(name, false))
                    .add(List.of(feature.getValue()), file, number);
        }
    }

    void merge(SchemaFacts other) {
        records += other.records;
        other.features.forEach((name, facts) -> merge(features, name, facts));
        other.lists.forEach((name, facts) -> merge(lists, name, facts));
    }

    private static void merge(Map<String, FeatureFacts> mine, String name, FeatureFacts facts) {
        FeatureFacts known = mine.putIfAbsent(name, facts);
        if (known != null) {
            known.merge(facts);
        }
    }

    /** Columns in the order of their names. */
    StructType schema(Set<String> binary, String source) {
        if (records == 0) {
            throw new IllegalArgumentException("no records in " + source + " tell the columns; give a schema");
        }
        checkHints(binary);
        List<StructField> fields = new ArrayList<>();
        Set<String> all = new TreeSet<>(features.keySet());
        all.addAll(lists.keySet());
        for (String name : all) {
            FeatureFacts feature = features.get(name);
            FeatureFacts list = lists.get(name);
            if (feature != null && list != null) {
                throw new TFRecordException(
                        "the name " + name + " stands for a context feature and for a feature list in " + source
                                + ", but a column holds one of them; give a schema that says which");
            }
            FeatureFacts facts = feature != null ? feature : list;
            if (facts != null) {
                fields.add(field(facts, binary.contains(name), source));
            }
        }
        return DataTypes.createStructType(fields);
    }

    private StructField field(FeatureFacts facts, boolean binary, String source) {
        if (facts.kind() == null) {
            log.warn(
                    "feature {} has no value in any of the {} records of {}: its column is null throughout, its type unknown; give a schema"
                            + " to have another one",
                    facts.name(),
                    records,
                    source);
        } else if (!facts.text() && !binary) {
            log.info(
                    "feature {} of {} holds bytes that are not UTF-8: it becomes a binary column",
                    facts.name(),
                    source);
        }
        return DataTypes.createStructField(facts.name(), facts.type(binary), facts.missingInSome(records));
    }

    private void checkHints(Set<String> binary) {
        for (String name : new TreeSet<>(binary)) {
            FeatureFacts facts = features.getOrDefault(name, lists.get(name));
            if (facts == null) {
                throw new IllegalArgumentException("binaryColumns names " + name + ", but the features are "
                        + Stream.concat(features.keySet().stream(), lists.keySet().stream())
                                .toList());
            }
            if (facts.kind() == Kind.INT64 || facts.kind() == Kind.FLOAT) {
                throw new IllegalArgumentException(
                        "binaryColumns names " + name + ", but that feature holds " + facts.kind() + " values");
            }
        }
    }
}
