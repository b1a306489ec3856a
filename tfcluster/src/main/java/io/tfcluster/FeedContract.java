package io.tfcluster;

import io.tfcluster.feeding.Column;
import io.tfcluster.feeding.FeedSchema;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Checks on the driver that a DataFrame can fill a feed, before the first task starts. */
final class FeedContract {
    private final boolean mapped;
    private final List<String> lines = new ArrayList<>();
    private boolean fits = true;

    private FeedContract(boolean mapped) {
        this.mapped = mapped;
    }

    /** A column of the feed and what fills it. */
    record Match(Column column, StructField source, CellForm form) {}

    /**
     * Compares both sides.
     *
     * @param inputMapping DataFrame column to feed column; only the columns named are used. Empty: columns of the same name.
     * @return for each column of the feed what fills it, in the feed's order
     * @throws IllegalArgumentException if a column is missing, there twice or of a type that does not fit; the text shows both sides, a line
     *     each
     */
    static List<Match> match(String feed, FeedSchema schema, StructType data, Map<String, String> inputMapping) {
        FeedContract contract = new FeedContract(!inputMapping.isEmpty());
        List<Match> matches = new ArrayList<>();
        for (Column column : schema.columns()) {
            contract.source(column, data, inputMapping).ifPresent(matches::add);
        }
        List<String> wanted = schema.columns().stream().map(Column::name).toList();
        new TreeMap<>(inputMapping).forEach((source, target) -> {
            if (!wanted.contains(target)) {
                contract.line(target, "-", source, "<- the feed has no column " + target);
            }
        });
        if (!contract.fits) {
            throw new IllegalArgumentException("the DataFrame does not fit the feed \"" + feed + "\"; "
                    + (contract.mapped ? "correct the input mapping, or " : "")
                    + "select, rename or cast its columns:\n"
                    + String.format("  %-20s %-24s %s%n", "column", "feed wants", "DataFrame has")
                    + String.join("\n", contract.lines));
        }
        return matches;
    }

    private Optional<Match> source(Column column, StructType data, Map<String, String> inputMapping) {
        String wanted = column.toString().substring(column.name().length() + 1);
        List<String> sources = mapped
                ? inputMapping.entrySet().stream()
                        .filter(entry -> entry.getValue().equals(column.name()))
                        .map(Map.Entry::getKey)
                        .sorted()
                        .toList()
                : List.of(column.name());
        if (sources.isEmpty()) {
            boolean there = Arrays.asList(data.fieldNames()).contains(column.name());
            line(column.name(), wanted, "missing", "<- not in the mapping" + (there ? ", but in the DataFrame" : ""));
            return Optional.empty();
        }
        if (sources.size() > 1) {
            line(column.name(), wanted, String.join(", ", sources), "<- " + sources.size() + " columns for one");
            return Optional.empty();
        }
        String source = sources.get(0);
        String prefix = mapped ? source + " " : "";
        List<StructField> fields = Arrays.stream(data.fields())
                .filter(field -> field.name().equals(source))
                .toList();
        if (fields.size() != 1) {
            line(
                    column.name(),
                    wanted,
                    prefix + (fields.isEmpty() ? "missing" : "twice"),
                    fields.isEmpty() ? "<- does not fit" : "<- " + fields.size() + " columns of that name");
            return Optional.empty();
        }
        StructField field = fields.get(0);
        Optional<CellForm> form = CellForm.of(field.dataType());
        String mark = "<- does not fit";
        if (form.isEmpty()) {
            mark = "<- cannot be fed; " + FrameTypes.advice(source, field.dataType());
        } else if (form.get().fits(column) && lengthFits(column, field, form.get())) {
            lines.add(String.format("  %-20s %-24s %s", column.name(), wanted, prefix + FrameTypes.text(field)));
            return form.map(good -> new Match(column, field, good));
        }
        line(column.name(), wanted, prefix + FrameTypes.text(field), mark);
        return Optional.empty();
    }

    private static boolean lengthFits(Column column, StructField field, CellForm form) {
        return form.kind() != CellForm.Kind.VECTOR
                || FrameTypes.vectorLength(field).orElse(column.elements()) == column.elements();
    }

    /** Adds a line on something that is wrong. */
    private void line(String column, String wanted, String found, String mark) {
        lines.add(String.format("  %-20s %-24s %-20s %s", column, wanted, found, mark));
        fits = false;
    }
}
