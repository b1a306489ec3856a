package io.tfcluster.training;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a {@link WarmStart} takes from a checkpoint, and what not; its text is for people. */
final class WarmStartPlan {
    private final CheckpointReader reader;
    private final Map<String, CheckpointReader.Entry> matched = new LinkedHashMap<>();
    private final List<String> missing = new ArrayList<>();
    private final List<String> different = new ArrayList<>();
    private final Set<String> seen = new HashSet<>();

    WarmStartPlan(CheckpointReader reader) {
        this.reader = reader;
    }

    /** Says what stands in the checkpoint under the variable's name, if anything does. */
    void add(VariableStore.Whole variable, CheckpointReader.@Nullable Entry entry) {
        String name = variable.name();
        if (entry == null) {
            missing.add(name);
            return;
        }
        seen.add(entry.key());
        if (GivenValues.isNumber(entry.type()) && entry.shape().equals(variable.shape())) {
            matched.put(name, entry);
        } else {
            different.add(name + " is DT_FLOAT " + Shapes.text(variable.shape()) + " in the model but " + entry.type()
                    + " " + Shapes.text(entry.shape()) + " in the checkpoint");
        }
    }

    /** The checkpoint's tensors by names of variables. */
    Map<String, CheckpointReader.Entry> matched() {
        return matched;
    }

    boolean isComplete() {
        return missing.isEmpty() && different.isEmpty();
    }

    /** Returns what gives a variable its first values. */
    Initializer initializer(VariableStore.Whole variable) {
        CheckpointReader.Entry entry = matched.get(variable.name());
        return entry == null
                ? variable.initializer()
                : new GivenValues.OfCheckpoint(reader.prefix().toString(), entry.key(), "");
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("warm start from ")
                .append(reader.prefix())
                .append(": ")
                .append(matched.size())
                .append(" of ")
                .append(matched.size() + missing.size() + different.size())
                .append(" variables match");
        section(
                text,
                "matched",
                matched.entrySet().stream()
                        .map(e -> e.getKey() + " " + Shapes.text(e.getValue().shape())
                                + (e.getKey().equals(e.getValue().key())
                                        ? ""
                                        : " from " + e.getValue().key()))
                        .toList());
        section(text, "another shape or type", different);
        section(text, "in the model, not in the checkpoint", missing);
        section(
                text,
                "in the checkpoint, not taken",
                reader.entries().stream()
                        .filter(entry -> !seen.contains(entry.key()) && !ObjectNames.isBookkeeping(entry.key()))
                        .map(entry -> entry.name() + " " + Shapes.text(entry.shape()))
                        .toList());
        return text.toString();
    }

    private static void section(StringBuilder text, String title, List<String> lines) {
        if (!lines.isEmpty()) {
            text.append("\n  ").append(title).append(':');
            lines.forEach(line -> text.append("\n    ").append(line));
        }
    }
}
