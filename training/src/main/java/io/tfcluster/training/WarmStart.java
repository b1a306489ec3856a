package io.tfcluster.training;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Gives variables their first values from a checkpoint that any program wrote, by their names.
 *
 * <p>A value that travels with the {@link TrainerConfig}; the checkpoint is read on the workers, so it must be there on each. What matched,
 * what did not and why is logged, and is the text of the error when something is missing. Names in checkpoints of TensorFlow 2, which tell
 * the way through Python's objects, are translated to the names of variables where the checkpoint holds them.
 *
 * <pre>{@code
 * TrainerConfig.builder(Optimizer.adam(0.001))
 *         .warmStart(WarmStart.from(Path.of("/models/resnet/model.ckpt-9000"))
 *                 .rename("resnet_v1_50/(.*)/weights", "$1/kernel")
 *                 .only("conv.*"))
 *         .build();
 * }</pre>
 */
public final class WarmStart implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Names that fit {@code regex} become {@code replacement}. */
    private record Rule(String regex, String replacement) implements Serializable {}

    private final String checkpoint;
    private final ArrayList<Rule> rules;
    private final String only;
    private final boolean lenient;

    private WarmStart(String checkpoint, List<Rule> rules, String only, boolean lenient) {
        this.checkpoint = checkpoint;
        this.rules = new ArrayList<>(rules);
        this.only = only;
        this.lenient = lenient;
    }

    /**
     * Names the checkpoint.
     *
     * @param checkpoint as for {@link CheckpointReader#open}
     */
    public static WarmStart from(Path checkpoint) {
        return new WarmStart(requireNonNull(checkpoint, "checkpoint").toString(), List.of(), ".*", false);
    }

    /**
     * Adds a rule that says what the checkpoint's names are in the model; the first rule that fits a name counts, and a name that none fits
     * stays.
     *
     * @param regex regular expression for the whole name in the checkpoint
     * @param replacement name in the model, with {@code $1} and so on for groups
     */
    public WarmStart rename(String regex, String replacement) {
        Pattern.compile(regex);
        List<Rule> more = new ArrayList<>(rules);
        more.add(new Rule(regex, requireNonNull(replacement, "replacement")));
        return new WarmStart(checkpoint, more, only, lenient);
    }

    /**
     * Restores some of the model's variables only; the others begin as they would without a checkpoint.
     *
     * @param names regular expression for whole names in the model
     */
    public WarmStart only(String names) {
        Pattern.compile(names);
        return new WarmStart(checkpoint, rules, names, lenient);
    }

    /** Lets variables that the checkpoint does not have, or with another shape, begin as they would without it; one must match. */
    public WarmStart lenient() {
        return new WarmStart(checkpoint, rules, only, true);
    }

    /**
     * Compares the model with the checkpoint.
     *
     * @throws IllegalArgumentException if something that must match does not; the message is the plan
     */
    WarmStartPlan plan(Collection<VariableStore.Whole> variables) {
        CheckpointReader reader = CheckpointReader.open(Path.of(checkpoint));
        Map<String, CheckpointReader.Entry> entries = named(reader);
        WarmStartPlan plan = new WarmStartPlan(reader);
        for (VariableStore.Whole variable : variables) {
            if (variable.name().matches(only)) {
                plan.add(variable, entries.get(variable.name()));
            }
        }
        if (plan.matched().isEmpty() || !(lenient || plan.isComplete())) {
            throw new IllegalArgumentException(plan
                    + "\nRename what is called otherwise (WarmStart.rename), leave variables out (WarmStart.only)"
                    + (lenient
                            ? "; lenient() needs one that matches"
                            : ", or let them begin afresh (WarmStart.lenient)"));
        }
        return plan;
    }

    /** The checkpoint's tensors by the names that the model may know them by: those of variables first, then the keys. */
    private Map<String, CheckpointReader.Entry> named(CheckpointReader reader) {
        Map<String, CheckpointReader.Entry> entries = new LinkedHashMap<>();
        for (CheckpointReader.Entry entry : reader.entries()) {
            CheckpointReader.Entry other = entries.putIfAbsent(renamed(entry.name()), entry);
            if (other != null) {
                throw new IllegalArgumentException("in checkpoint " + reader.prefix() + " both \"" + other.name()
                        + "\" and \"" + entry.name() + "\" become \"" + renamed(entry.name())
                        + "\"; make the rules of WarmStart.rename tell them apart");
            }
        }
        for (CheckpointReader.Entry entry : reader.entries()) {
            entries.putIfAbsent(renamed(ObjectNames.way(entry.key())), entry);
        }
        return entries;
    }

    private String renamed(String name) {
        for (Rule rule : rules) {
            Matcher matcher = Pattern.compile(rule.regex()).matcher(name);
            if (matcher.matches()) {
                return matcher.replaceFirst(rule.replacement());
            }
        }
        return name;
    }
}
