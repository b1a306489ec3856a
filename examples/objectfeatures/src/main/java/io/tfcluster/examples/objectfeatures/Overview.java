package io.tfcluster.examples.objectfeatures;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.row_number;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;

/** What an output holds: objects by class, pictures without, rejected ones by reason, and some to look at. */
final class Overview {

    private static final int CLASSES = 12;
    private static final int OF_A_CLASS = 4;
    private static final int WITHOUT = 8;
    private static final int REASONS = 10;
    private static final int OTHERS = 3;

    private final Tally tally;
    private final int bits;
    private final Map<String, List<Seen>> examples;
    private final List<Seen> without;

    private Overview(Tally tally, int bits, Map<String, List<Seen>> examples, List<Seen> without) {
        this.tally = tally;
        this.bits = bits;
        this.examples = examples;
        this.without = without;
    }

    static Overview of(Output output) {
        Dataset<Row> features = output.rows(Output.FEATURES, Columns.SHOWN);
        Dataset<Row> rejected = output.rows(Output.REJECTED, Columns.REJECTED);
        Tally tally = Tally.of(features.select(
                col(Pictures.ID), col(Columns.CLASS), lit(null).cast("string").as(Columns.REASON)));
        tally.add(Tally.of(
                rejected.select(col(Pictures.ID), lit(null).cast("string").as(Columns.CLASS), col(Columns.REASON))));
        List<String> classes = tally.classes().keySet().stream().limit(CLASSES).toList();
        Column surest = row_number()
                .over(Window.partitionBy(col(Columns.CLASS))
                        .orderBy(col(Columns.SCORE).desc(), col(Pictures.ID)));
        Map<String, List<Seen>> examples = new LinkedHashMap<>();
        classes.forEach(name -> examples.put(name, new ArrayList<>()));
        features.filter(col(Columns.CLASS).isInCollection(classes))
                .withColumn("rank", surest)
                .filter(col("rank").leq(OF_A_CLASS))
                .orderBy("rank")
                .collectAsList()
                .forEach(row -> examples.getOrDefault(row.<String>getAs(Columns.CLASS), new ArrayList<>())
                        .add(Seen.of(row)));
        List<Seen> without =
                features
                        .filter(col(Columns.CLASS).isNull())
                        .orderBy(Pictures.ID)
                        .limit(WITHOUT)
                        .collectAsList()
                        .stream()
                        .map(Seen::of)
                        .toList();
        int bits = output.code().map(BinaryCode::bits).orElse(0);
        return new Overview(tally, bits, examples, without);
    }

    /** For the console, in lines of at most 80 columns where names are not longer. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(
                String.format(Locale.ROOT, "%,d pictures with features and a code of %,d bits", tally.written(), bits));
        lines.add(String.format(
                Locale.ROOT,
                "  %,d with an object, %,d taken whole",
                tally.withObject(),
                tally.written() - tally.withObject()));
        tally.classes().entrySet().stream()
                .limit(CLASSES)
                .forEach(entry ->
                        lines.add(String.format(Locale.ROOT, "    %-16s %,8d", entry.getKey(), entry.getValue())));
        int more = tally.classes().size() - CLASSES;
        if (more > 0) {
            lines.add("    and " + more + " more classes");
        }
        if (tally.rejected() > 0) {
            lines.add(String.format(Locale.ROOT, "%,d rejected", tally.rejected()));
            tally.reasons().entrySet().stream().limit(REASONS).forEach(entry -> {
                lines.add("  " + entry.getKey());
                lines.add("    " + entry.getValue());
            });
        }
        return lines;
    }

    Page page(String output) {
        List<Section> sections = new ArrayList<>();
        List<Card> rare = new ArrayList<>();
        examples.forEach((name, seen) -> {
            List<Card> cards = seen.stream().map(Overview::card).toList();
            if (cards.size() < OF_A_CLASS) {
                rare.addAll(cards);
            } else {
                sections.add(
                        new Section(name, numbered(tally.classes().getOrDefault(name, 0L)) + ", the surest", cards));
            }
        });
        if (!rare.isEmpty()) {
            sections.add(new Section(sections.isEmpty() ? "Objects" : "Other objects", "", rare));
        }
        if (!without.isEmpty()) {
            sections.add(new Section(
                    "Taken whole",
                    numbered(tally.written() - tally.withObject()) + " without a box that is sure enough, some of them",
                    without.stream().map(Overview::card).toList()));
        }
        List<String> facts = new ArrayList<>(List.of(
                String.format(Locale.ROOT, "%,d with an object", tally.withObject()),
                String.format(Locale.ROOT, "%,d taken whole", tally.written() - tally.withObject()),
                String.format(Locale.ROOT, "%,d rejected", tally.rejected()),
                String.format(Locale.ROOT, "codes of %,d bits", bits),
                output));
        if (tally.rejected() > 0) {
            facts.add("rejected: "
                    + tally.reasons().entrySet().stream()
                            .limit(REASONS)
                            .map(entry -> entry.getKey() + " (" + entry.getValue() + ")")
                            .collect(Collectors.joining("; ")));
        }
        return new Page(
                String.format(Locale.ROOT, "%,d", tally.written()),
                "pictures with features and codes",
                facts,
                sections);
    }

    private static String numbered(long pictures) {
        return pictures == 1 ? "1 picture" : String.format(Locale.ROOT, "%,d pictures", pictures);
    }

    private static Card card(Seen seen) {
        String size = String.format(Locale.ROOT, "%,d × %,d pixels", seen.width(), seen.height());
        String others =
                seen.boxes().stream().skip(1).limit(OTHERS).map(Seen.Box::text).collect(Collectors.joining(", "));
        String more = seen.boxes().size() > OTHERS + 1 ? ", …" : "";
        return new Card(seen, seen.object(), others.isEmpty() ? size : "also " + others + more);
    }
}
