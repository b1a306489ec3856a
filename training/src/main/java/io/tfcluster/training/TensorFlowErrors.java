package io.tfcluster.training;

import java.time.Duration;
import java.util.Locale;

/** Tells TensorFlow's exceptions apart; most status codes arrive as one class, so the text decides. */
final class TensorFlowErrors {
    private TensorFlowErrors() {}

    static boolean isFrom(RuntimeException e) {
        return e.getClass().getName().startsWith("org.tensorflow.exceptions.");
    }

    /** Whether a run failed since a server is gone, was started again, or cannot be reached. */
    static boolean isLostServer(RuntimeException e) {
        // UNAVAILABLE, ABORTED and CANCELLED are all of this class; a graph's own mistakes have classes of their own.
        RuntimeException from = cause(e);
        return from.getClass().getSimpleName().equals("TensorFlowException") && !isTimeout(from);
    }

    /** Whether a run took longer than its limit. */
    static boolean isTimeout(RuntimeException e) {
        RuntimeException from = cause(e);
        String lower = String.valueOf(from.getMessage()).toLowerCase(Locale.ROOT);
        return isFrom(from) && (lower.contains("deadline") || lower.contains("timed out"));
    }

    private static RuntimeException cause(RuntimeException e) {
        return e.getCause() instanceof RuntimeException cause && isFrom(cause) ? cause : e;
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
