package io.tfcluster.training;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Variables that shrink with each step.
 *
 * <pre>{@code
 * Optimizer.sgd(0.1).withWeightDecay(WeightDecay.l2(1e-4).exceptBiasesAndNorms())
 * Optimizer.adamW(Schedule.constant(0.001), WeightDecay.decoupled(0.01).except("embeddings$"))
 * }</pre>
 *
 * @param rate 0 or more
 * @param decoupled if true {@code v -= learning rate * rate * v} before the step, beside the gradient; if false {@code g += rate * v}, as
 *     if the loss had {@code rate / 2 * Σ v²}
 * @param exempt patterns; a variable in whose name one of them is found does not decay
 */
public record WeightDecay(float rate, boolean decoupled, List<String> exempt) implements Adjustment {
    private static final String BIASES_AND_NORMS = "(^|/)(bias|beta|gamma)$";

    /** Checks the rate and the patterns. */
    public WeightDecay {
        if (!(rate >= 0) || Float.isInfinite(rate)) {
            throw new IllegalArgumentException("the rate of a weight decay is 0 or more and finite, got " + rate);
        }
        exempt = List.copyOf(exempt);
        exempt.forEach(Pattern::compile); // says itself what is wrong with one
    }

    /** {@code g += rate * v}. */
    public static WeightDecay l2(double rate) {
        return new WeightDecay((float) rate, false, List.of());
    }

    /** {@code v -= learning rate * rate * v}, as Keras does. */
    public static WeightDecay decoupled(double rate) {
        return new WeightDecay((float) rate, true, List.of());
    }

    /**
     * Returns this decay without the variables in whose names one of the patterns is found.
     *
     * @param patterns regular expressions, such as "bias$"
     */
    public WeightDecay except(String... patterns) {
        List<String> all = new ArrayList<>(exempt);
        all.addAll(List.of(patterns));
        return new WeightDecay(rate, decoupled, all);
    }

    /** Returns this decay without biases and the gamma and beta of batch normalisation, by the names that the layers give them. */
    public WeightDecay exceptBiasesAndNorms() {
        return except(BIASES_AND_NORMS);
    }

    /** Returns whether the variable of this name decays. */
    public boolean appliesTo(String name) {
        return exempt.stream()
                .noneMatch(pattern -> Pattern.compile(pattern).matcher(name).find());
    }
}
