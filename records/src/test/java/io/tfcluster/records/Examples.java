package io.tfcluster.records;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.tensorflow.proto.BytesList;
import org.tensorflow.proto.Example;
import org.tensorflow.proto.Feature;
import org.tensorflow.proto.FeatureList;
import org.tensorflow.proto.Features;
import org.tensorflow.proto.FloatList;
import org.tensorflow.proto.Int64List;

/** Records and files as other programs write them. */
final class Examples {
    private Examples() {}

    static Feature ints(long... values) {
        Int64List.Builder list = Int64List.newBuilder();
        for (long value : values) {
            list.addValue(value);
        }
        return Feature.newBuilder().setInt64List(list).build();
    }

    static Feature floats(float... values) {
        FloatList.Builder list = FloatList.newBuilder();
        for (float value : values) {
            list.addValue(value);
        }
        return Feature.newBuilder().setFloatList(list).build();
    }

    static Feature bytes(byte[]... values) {
        BytesList.Builder list = BytesList.newBuilder();
        Stream.of(values).forEach(value -> list.addValue(ByteString.copyFrom(value)));
        return Feature.newBuilder().setBytesList(list).build();
    }

    static Feature text(String... values) {
        return bytes(Stream.of(values)
                .map(value -> value.getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new));
    }

    static FeatureList list(Feature... features) {
        return FeatureList.newBuilder().addAllFeature(List.of(features)).build();
    }

    static Example example(Object... namesAndFeatures) {
        Features.Builder features = Features.newBuilder();
        for (int i = 0; i < namesAndFeatures.length; i += 2) {
            features.putFeature((String) namesAndFeatures[i], (Feature) namesAndFeatures[i + 1]);
        }
        return Example.newBuilder().setFeatures(features).build();
    }

    static void write(Path file, List<byte[]> records) throws IOException {
        Compression compression = file.toString().endsWith(".gz") ? Compression.GZIP : Compression.NONE;
        try (OutputStream out = Files.newOutputStream(file);
                TFRecordWriter writer = TFRecordWriter.over(file.toString(), out, compression)) {
            records.forEach(writer::write);
        }
    }

    static void write(Path file, Example... examples) throws IOException {
        write(file, Stream.of(examples).map(Example::toByteArray).toList());
    }

    static List<byte[]> read(Path file) {
        return read(file, TFRecordOptions.builder().build());
    }

    static List<byte[]> read(Path file, TFRecordOptions options) {
        try (TFRecordReader reader = TFRecordReader.open(file.toString(), new Configuration(false), options)) {
            Stream.Builder<byte[]> records = Stream.builder();
            reader.forEachRemaining(records);
            return records.build().toList();
        }
    }
}
