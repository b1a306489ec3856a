package io.tfcluster.training;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.tensorflow.proto.DataType;

/**
 * What of a checkpoint goes into a training.
 *
 * @param types of the tensors to read, by name
 */
record StateMatch(Map<String, DataType> types) {
    private static final int LISTED = 10;

    /**
     * Compares.
     *
     * @param path the checkpoint, for messages
     * @param signature what it holds, see {@link StateGraph#signature}
     * @param newOptimizer whether slots may differ
     * @throws IllegalArgumentException if variables differ, or slots that may not; it lists them, both sides
     */
    static StateMatch of(String path, List<String> signature, StateGraph state, boolean newOptimizer) {
        Map<String, String> saved = parse(signature);
        Map<String, String> wanted = parse(state.signature());
        Map<String, String> differing = new TreeMap<>();
        List<String> missing = new ArrayList<>();
        List<String> unexpected = new ArrayList<>();
        wanted.forEach((name, what) -> {
            String found = saved.get(name);
            if (found == null) {
                missing.add(name + ": " + what);
            } else if (!found.equals(what)) {
                differing.put(name, found + " in the checkpoint, " + what + " in the model");
            }
        });
        saved.forEach((name, what) -> {
            if (!wanted.containsKey(name)) {
                unexpected.add(name + ": " + what);
            }
        });
        boolean slotsOnly = differing.isEmpty()
                && missing.stream().allMatch(StateMatch::isSlot)
                && unexpected.stream().allMatch(StateMatch::isSlot);
        boolean same = missing.isEmpty() && unexpected.isEmpty() && differing.isEmpty();
        if (!same && !(slotsOnly && newOptimizer)) {
            String differences = list("missing in the checkpoint", missing)
                    + list("only in the checkpoint", unexpected)
                    + list(
                            "of another shape or type",
                            differing.entrySet().stream()
                                    .map(entry -> entry.getKey() + ": " + entry.getValue())
                                    .toList());
            throw new IllegalArgumentException(
                    slotsOnly
                            ? "checkpoint " + path + " was written with another optimizer; slots" + differences
                                    + ". Use that optimizer, or begin with fresh slots: CheckpointConfig.newOptimizer(true)"
                            : "checkpoint " + path + " is of another model;" + differences
                                    + ". Build the same model, or give another folder");
        }
        Map<String, DataType> types = new LinkedHashMap<>();
        wanted.forEach((name, what) -> {
            if (saved.containsKey(name)) {
                types.put(name, DataType.valueOf(what.substring(0, what.indexOf(' '))));
            }
        });
        return new StateMatch(types);
    }

    private static boolean isSlot(String line) {
        return line.startsWith("slots/");
    }

    private static Map<String, String> parse(List<String> signature) {
        Map<String, String> parsed = new LinkedHashMap<>();
        for (String line : signature) {
            int colon = line.indexOf(": ");
            parsed.put(line.substring(0, colon), line.substring(colon + 2));
        }
        return parsed;
    }

    private static String list(String what, List<String> lines) {
        if (lines.isEmpty()) {
            return "";
        }
        return " " + what + ": "
                + lines.stream().limit(LISTED).collect(Collectors.joining(", ", "[", "]"))
                + (lines.size() > LISTED ? " and " + (lines.size() - LISTED) + " more;" : ";");
    }
}
