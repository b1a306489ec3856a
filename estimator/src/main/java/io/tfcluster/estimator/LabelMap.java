package io.tfcluster.estimator;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** Reads the names of a detector's classes. */
final class LabelMap {
    private static final Pattern ITEM = Pattern.compile("(?m)^\\s*item\\s*:?\\s*\\{");
    private static final String NOBODY = "???";

    private LabelMap() {}

    /**
     * Reads a label map of the Object Detection API, which is a protocol buffer in text, or a text with a label a line.
     *
     * @return class to label, without classes that have none
     * @throws IllegalArgumentException if it is not there, damaged or empty
     */
    static Map<Integer, String> read(String file, Configuration conf) {
        String text;
        Path path = new Path(file);
        try (InputStream in = path.getFileSystem(conf).open(path)) {
            text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot read the label map " + file + ": " + e.getMessage()
                            + "; set labelMap to a .pbtxt of the Object Detection API or a text with a label a line",
                    e);
        }
        Map<Integer, String> labels = ITEM.matcher(text).find() ? items(text, file) : lines(text);
        if (labels.isEmpty()) {
            throw new IllegalArgumentException("the label map " + file + " has no labels");
        }
        return labels;
    }

    private static Map<Integer, String> lines(String text) {
        Map<Integer, String> labels = new TreeMap<>();
        List<String> lines = text.lines().map(String::strip).toList();
        for (int i = 0; i < lines.size(); i++) {
            if (!lines.get(i).isEmpty() && !lines.get(i).equals(NOBODY)) {
                labels.put(i, lines.get(i));
            }
        }
        return labels;
    }

    private static Map<Integer, String> items(String text, String file) {
        Descriptor map = descriptor();
        DynamicMessage.Builder read = DynamicMessage.newBuilder(map);
        try {
            // Items may have more: keypoints, instance counts.
            TextFormat.Parser.newBuilder().setAllowUnknownFields(true).build().merge(text, read);
        } catch (TextFormat.ParseException e) {
            throw new IllegalArgumentException(
                    "the label map " + file + " is damaged: " + e.getMessage() + " (line:column)", e);
        }
        Map<Integer, String> labels = new TreeMap<>();
        int count = read.getRepeatedFieldCount(map.findFieldByName("item"));
        for (int i = 0; i < count; i++) {
            Message item = (Message) read.getRepeatedField(map.findFieldByName("item"), i);
            String shown = text(item, "display_name");
            String label = shown.isEmpty() ? text(item, "name") : shown;
            int id = (int) item.getField(item.getDescriptorForType().findFieldByName("id"));
            if (!label.isEmpty() && labels.put(id, label) != null) {
                throw new IllegalArgumentException("the label map " + file + " has two items of the id " + id);
            }
        }
        return labels;
    }

    private static String text(Message item, String field) {
        return (String) item.getField(item.getDescriptorForType().findFieldByName(field));
    }

    /** What string_int_label_map.proto of the Object Detection API says, as far as it is needed. */
    private static Descriptor descriptor() {
        DescriptorProto item = DescriptorProto.newBuilder()
                .setName("Item")
                .addField(field("name", 1, FieldDescriptorProto.Type.TYPE_STRING))
                .addField(field("id", 2, FieldDescriptorProto.Type.TYPE_INT32))
                .addField(field("display_name", 3, FieldDescriptorProto.Type.TYPE_STRING))
                .build();
        DescriptorProto map = DescriptorProto.newBuilder()
                .setName("Map")
                .addField(FieldDescriptorProto.newBuilder()
                        .setName("item")
                        .setNumber(1)
                        .setLabel(FieldDescriptorProto.Label.LABEL_REPEATED)
                        .setType(FieldDescriptorProto.Type.TYPE_MESSAGE)
                        .setTypeName("Item"))
                .build();
        FileDescriptorProto file = FileDescriptorProto.newBuilder()
                .setName("label_map.proto")
                .addMessageType(item)
                .addMessageType(map)
                .build();
        try {
            return FileDescriptor.buildFrom(file, new FileDescriptor[0]).findMessageTypeByName("Map");
        } catch (DescriptorValidationException e) {
            throw new IllegalStateException("the label map's own description is wrong", e);
        }
    }

    private static FieldDescriptorProto field(String name, int number, FieldDescriptorProto.Type type) {
        return FieldDescriptorProto.newBuilder()
                .setName(name)
                .setNumber(number)
                .setLabel(FieldDescriptorProto.Label.LABEL_OPTIONAL)
                .setType(type)
                .build();
    }
}
