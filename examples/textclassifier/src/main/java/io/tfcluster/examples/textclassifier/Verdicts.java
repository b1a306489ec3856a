package io.tfcluster.examples.textclassifier;

import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * How messages were judged.
 *
 * @param caught spam that was found
 * @param missed spam that was not
 * @param wronged other messages taken for spam
 * @param passed other messages that were not
 */
record Verdicts(long caught, long missed, long wronged, long passed) {

    /** Counts answers with a {@code class} and a {@code prediction}, 1 for spam. */
    static Verdicts of(Dataset<Row> answers) {
        Row counts = answers.selectExpr(
                        "count_if(class = 1 and prediction = 1)",
                        "count_if(class = 1 and prediction = 0)",
                        "count_if(class = 0 and prediction = 1)",
                        "count_if(class = 0 and prediction = 0)")
                .first();
        return new Verdicts(counts.getLong(0), counts.getLong(1), counts.getLong(2), counts.getLong(3));
    }

    long all() {
        return caught + missed + wronged + passed;
    }

    double accuracy() {
        return share(caught + passed, all());
    }

    /** Share of those taken for spam that are. */
    double precision() {
        return share(caught, caught + wronged);
    }

    /** Share of the spam that was found. */
    double recall() {
        return share(caught, caught + missed);
    }

    private static double share(long part, long whole) {
        return whole == 0 ? 0 : (double) part / whole;
    }

    List<String> lines() {
        return List.of(
                String.format(Locale.ROOT, "Accuracy on %,d held-out messages: %.2f%%", all(), 100 * accuracy()),
                "",
                "          taken for:   spam     ham",
                String.format(Locale.ROOT, "spam                 %,6d  %,6d", caught, missed),
                String.format(Locale.ROOT, "ham                  %,6d  %,6d", wronged, passed),
                "",
                String.format(Locale.ROOT, "Spam: precision %.1f%%, recall %.1f%%", 100 * precision(), 100 * recall()));
    }
}
