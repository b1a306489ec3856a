package io.tfcluster.feeding;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A {@link FeedPosition} as JSON; what it does not know, a later version's fields for example, it leaves out. */
final class PositionText {
    private PositionText() {}

    static String write(FeedPosition position) {
        StringBuilder out = new StringBuilder(256);
        out.append("{\"feed\":").append(JsonText.quoted(position.feed()));
        out.append(",\"node\":").append(JsonText.quoted(position.node()));
        if (position.isStream()) {
            out.append(",\"stream\":true");
        }
        out.append(",\"ended\":").append(position.endedEpochs()).append(",\"epochs\":{");
        String comma = "";
        for (Map.Entry<Long, FeedPosition.Epoch> epoch : position.told().entrySet()) {
            out.append(comma).append('"').append(epoch.getKey()).append("\":");
            write(epoch.getValue(), out);
            comma = ",";
        }
        return out.append("}}").toString();
    }

    private static void write(FeedPosition.Epoch epoch, StringBuilder out) {
        out.append('{');
        if (epoch.partitions() > 0) {
            out.append("\"partitions\":").append(epoch.partitions()).append(',');
        }
        if (epoch.batches() > 0) {
            out.append("\"batches\":").append(epoch.batches()).append(',');
        }
        out.append("\"done\":{");
        String comma = "";
        for (Map.Entry<Integer, RowRanges> rows : epoch.done().entrySet()) {
            out.append(comma).append('"').append(rows.getKey()).append("\":[");
            long at = 0;
            for (Map.Entry<Long, Long> range : rows.getValue().ranges().entrySet()) {
                out.append(at == 0 ? "" : ",").append(range.getKey() - at);
                out.append(',').append(range.getValue() - range.getKey());
                at = range.getValue();
            }
            out.append(']');
            comma = ",";
        }
        out.append("}}");
    }

    static FeedPosition read(String text) {
        try {
            Map<?, ?> whole = map(JsonText.parse(text), "the position");
            SortedMap<Long, FeedPosition.Epoch> epochs = new TreeMap<>();
            map(whole.get("epochs"), "epochs")
                    .forEach((number, epoch) ->
                            epochs.put(Long.parseLong((String) number), epoch(map(epoch, "epoch " + number))));
            if (!(whole.get("feed") instanceof String feed)) {
                throw new IllegalArgumentException("it names no feed");
            }
            String node = whole.get("node") instanceof String name ? name : "";
            return new FeedPosition(
                    feed, node, Boolean.TRUE.equals(whole.get("stream")), number(whole, "ended"), epochs);
        } catch (IllegalArgumentException | ArithmeticException e) {
            String shown = text.length() <= 200 ? text : text.substring(0, 200) + "…";
            throw new IllegalArgumentException(
                    "this is no position of a feed: " + e.getMessage() + "; the text is " + shown, e);
        }
    }

    private static FeedPosition.Epoch epoch(Map<?, ?> told) {
        SortedMap<Integer, RowRanges> done = new TreeMap<>();
        map(told.get("done"), "done").forEach((partition, turns) -> {
            if (!(turns instanceof JsonText.Numbers numbers) || numbers.size() % 2 != 0) {
                throw new IllegalArgumentException("the rows of partition " + partition
                        + " must be pairs of numbers, skip and take, but are " + turns);
            }
            done.put(Integer.parseInt((String) partition), rows(numbers));
        });
        return new FeedPosition.Epoch(Math.toIntExact(number(told, "partitions")), number(told, "batches"), done);
    }

    private static RowRanges rows(JsonText.Numbers turns) {
        RowRanges rows = new RowRanges();
        long at = 0;
        for (int i = 0; i < turns.size(); i += 2) {
            long start = Math.addExact(at, turns.get(i));
            long end = Math.addExact(start, turns.get(i + 1));
            if (start < at || end <= start) {
                throw new IllegalArgumentException(
                        "a turn skips " + turns.get(i) + " rows and takes " + turns.get(i + 1));
            }
            rows.add(start, end);
            at = end;
        }
        return rows;
    }

    private static Map<?, ?> map(@Nullable Object value, String what) {
        if (value instanceof Map<?, ?> map) {
            return map;
        }
        throw new IllegalArgumentException(what + " must be a JSON object, but is " + value);
    }

    /** Returns a number that is 0 or more, 0 if it is not there. */
    private static long number(Map<?, ?> map, String name) {
        Object value = map.get(name);
        if (value == null) {
            return 0;
        }
        if (value instanceof Long number && number >= 0) {
            return number;
        }
        throw new IllegalArgumentException(name + " must be a number, 0 or more, but is " + value);
    }
}
