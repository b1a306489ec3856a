package io.tfcluster.training;

import java.time.Duration;
import java.util.Locale;

/** Tells TensorFlow's exceptions apart; most status codes arrive as one class, so the text decides. */
final class TensorFlowErrors {
    private TensorFlowErrors() {}

    static boolean isFrom(RuntimeException e) {
        return e.getClass().getName().startsWith("org.tensorflow.exceptions.");
    }

    /** Says what went wrong in a run. */
    static RuntimeException inRun(String doing, RuntimeException e, Duration limit, String inputs) {
        String text = String.valueOf(e.getMessage());
        String lower = text.toLowerCase(Locale.ROOT);
        if (lower.contains("deadline") || lower.contains("timed out")) {
            return new IllegalStateException(
                    doing + " took longer than stepTimeout " + limit + "; raise it if the step is that slow: " + text,
                    e);
        }
        if (e instanceof IllegalArgumentException) {
            return new IllegalArgumentException(doing + " failed; inputs: " + inputs + ": " + text, e);
        }
        return new IllegalStateException(doing + " failed: " + text, e);
    }
}
