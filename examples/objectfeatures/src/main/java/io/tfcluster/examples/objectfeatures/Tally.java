package io.tfcluster.examples.objectfeatures;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.first;
import static org.apache.spark.sql.functions.lit;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** What became of pictures, counted from what was written: objects by class, rejected ones by reason with an example. */
final class Tally {

    /** So many rejected for a reason, and one of them. */
    private record Rejected(long count, String example) {
        Rejected plus(Rejected other) {
            return new Rejected(count + other.count, example);
        }
    }

    private final Map<String, Long> classes = new TreeMap<>();
    private final Map<String, Rejected> reasons = new TreeMap<>();
    private long whole;

    /** Counts rows with {@link Columns#CLASS} and {@link Columns#REASON}. */
    static Tally of(Dataset<Row> rows) {
        Tally tally = new Tally();
        for (Row row : rows.groupBy(col(Columns.CLASS), col(Columns.REASON))
                .agg(count(lit(1)), first(col(Pictures.ID)))
                .collectAsList()) {
            if (!row.isNullAt(1)) {
                tally.reasons.merge(
                        kind(row.getString(1)), new Rejected(row.getLong(2), row.getString(3)), Rejected::plus);
            } else if (!row.isNullAt(0)) {
                tally.classes.merge(row.getString(0), row.getLong(2), Long::sum);
            } else {
                tally.whole += row.getLong(2);
            }
        }
        return tally;
    }

    /** A reason without the size of the one file that it was said of. */
    private static String kind(String reason) {
        return reason.replaceAll(" \\([0-9,]+ bytes\\)", "");
    }

    void add(Tally other) {
        other.classes.forEach((name, count) -> classes.merge(name, count, Long::sum));
        other.reasons.forEach((reason, rejected) -> reasons.merge(reason, rejected, Rejected::plus));
        whole += other.whole;
    }

    long withObject() {
        return classes.values().stream().mapToLong(Long::longValue).sum();
    }

    long written() {
        return withObject() + whole;
    }

    long rejected() {
        return reasons.values().stream().mapToLong(Rejected::count).sum();
    }

    /** The classes by their number, the most frequent first. */
    Map<String, Long> classes() {
        return classes.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, (a, b) -> a, LinkedHashMap::new));
    }

    /** Reasons with their numbers and an example each. */
    Map<String, String> reasons() {
        Map<String, String> texts = new TreeMap<>();
        reasons.forEach((reason, rejected) ->
                texts.put(reason, String.format(Locale.ROOT, "%,d, such as %s", rejected.count(), rejected.example())));
        return texts;
    }
}
