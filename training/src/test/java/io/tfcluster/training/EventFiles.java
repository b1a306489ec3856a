package io.tfcluster.training;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.Summary;

/** Reads event files back as TensorBoard does: framing with both CRCs, then messages. */
final class EventFiles {
    private EventFiles() {}

    /** All events of a folder, file by file. */
    static List<Event> in(Path folder) {
        List<Event> events = new ArrayList<>();
        for (Path file : files(folder)) {
            events.addAll(of(file));
        }
        return events;
    }

    static List<Path> files(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().contains("tfevents"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<Event> of(Path file) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
            List<Event> events = new ArrayList<>();
            while (bytes.hasRemaining()) {
                byte[] length = new byte[Long.BYTES];
                bytes.get(length);
                check(bytes, length, file);
                byte[] data = new byte
                        [Math.toIntExact(ByteBuffer.wrap(length)
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .getLong())];
                bytes.get(data);
                check(bytes, data, file);
                events.add(Event.parseFrom(data));
            }
            return events;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void check(ByteBuffer bytes, byte[] data, Path file) {
        CRC32C crc = new CRC32C();
        crc.update(data);
        int plain = (int) crc.getValue();
        int found = bytes.getInt();
        int unmasked = Integer.rotateLeft(found - 0xa282ead8, 15);
        if (unmasked != plain) {
            throw new AssertionError("bad CRC before byte " + bytes.position() + " of " + file);
        }
    }

    /** The values of the events with this tag, by step. */
    static Map<Long, Summary.Value> values(List<Event> events, String tag) {
        Map<Long, Summary.Value> values = new TreeMap<>();
        for (Event event : events) {
            for (Summary.Value value : event.getSummary().getValueList()) {
                if (value.getTag().equals(tag)) {
                    values.put(event.getStep(), value);
                }
            }
        }
        return values;
    }

    static Map<Long, Float> scalars(List<Event> events, String tag) {
        Map<Long, Float> scalars = new TreeMap<>();
        values(events, tag).forEach((step, value) -> scalars.put(step, value.getSimpleValue()));
        return scalars;
    }
}
