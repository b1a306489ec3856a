package io.tfcluster.examples.objectfeatures;

import io.tfcluster.examples.common.Console;
import io.tfcluster.examples.common.LocalCluster;
import io.tfcluster.examples.objectfeatures.CodeTable.Pair;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Groups of pictures that look the same: copies, also resized and recompressed ones. */
@Command(
        name = "duplicates",
        sortOptions = false,
        description = "Shows groups of pictures that are copies of each other, also resized and recompressed ones.")
final class Duplicates implements Callable<Integer> {

    private static final int SHOWN_GROUPS = 60;
    private static final int SHOWN_OF_A_GROUP = 12;
    private static final int TOLD_GROUPS = 10;

    /** Of 2,565 photographs of flowers ten pairs are as near as that: copies, series, and a few that only look alike. */
    private static final double SHARE_OF_BITS = 0.15;

    @Spec
    @Nullable
    CommandSpec spec;

    @Option(
            names = "--distance",
            paramLabel = "N",
            description = "Bits in which copies may differ (default: 15%% of the code's bits).")
    @Nullable
    Integer distance;

    @Option(
            names = "--mongo",
            paramLabel = "URI",
            description = "Where the pictures are, if that needs a password; the rest is remembered.")
    @Nullable
    String mongo;

    @Mixin
    RunOptions run = new RunOptions();

    @Override
    public Integer call() {
        run.check(this::wrong);
        if (distance != null && distance < 0) {
            throw wrong("--distance must be 0 or more, got " + distance);
        }
        Console console = new Console(System.out);
        try (LocalCluster cluster = run.spark()) {
            SparkSession spark = cluster.spark();
            Output output = Output.at(spark, run.outputPath());
            Found found = Found.in(output);
            int bits = found.code().bits();
            int apart = distance != null ? Math.min(distance, bits) : (int) (bits * SHARE_OF_BITS);
            CodeTable codes = found.codes(CodeTable.IN_MEMORY);
            List<List<String>> groups = groups(codes.pairs(apart));
            String missed = codes.missed(apart) == 0
                    ? "none is missed"
                    : String.format(Locale.ROOT, "%.2f%% of such pairs may be missed", 100 * codes.missed(apart));
            String how = String.format(
                    Locale.ROOT, "%,d pictures, at most %,d of %,d bits apart; %s", codes.size(), apart, bits, missed);
            console.say(how);
            tell(console, groups);
            Page page = page(groups, found, how);
            try (Pictures pictures =
                    new Sources(spark, console).open(output.run().source(), mongo, false)) {
                page.write(run.page, Thumbnails.of(pictures, page.shown(), console));
            }
        }
        console.say("Page: " + run.page.toAbsolutePath().normalize());
        return CommandLine.ExitCode.OK;
    }

    /** What pairs make, the largest group first, each in the order of the ids. */
    static List<List<String>> groups(List<Pair> pairs) {
        List<String> ids = pairs.stream()
                .flatMap(pair -> Stream.of(pair.first(), pair.second()))
                .distinct()
                .sorted()
                .toList();
        Groups groups = new Groups(ids.size());
        pairs.forEach(pair ->
                groups.join(Collections.binarySearch(ids, pair.first()), Collections.binarySearch(ids, pair.second())));
        return groups.all().stream()
                .map(group -> group.stream().map(ids::get).toList())
                .toList();
    }

    private static void tell(Console console, List<List<String>> groups) {
        long pictures = groups.stream().mapToLong(List::size).sum();
        console.say(String.format(
                Locale.ROOT,
                "%,d groups of %,d pictures, %,d too many",
                groups.size(),
                pictures,
                pictures - groups.size()));
        groups.stream().limit(TOLD_GROUPS).forEach(group -> {
            console.say(String.format(Locale.ROOT, "  %,d pictures", group.size()));
            group.stream().limit(4).forEach(id -> console.say("    " + id));
            if (group.size() > 4) {
                console.say("    …");
            }
        });
        if (groups.size() > TOLD_GROUPS) {
            console.say("  and " + (groups.size() - TOLD_GROUPS) + " more groups");
        }
    }

    private Page page(List<List<String>> groups, Found found, String how) {
        List<List<String>> shown = groups.stream().limit(SHOWN_GROUPS).toList();
        Map<String, Seen> seen = found.seen(shown.stream()
                .flatMap(group -> group.stream().limit(SHOWN_OF_A_GROUP))
                .toList());
        List<Section> sections = new ArrayList<>();
        for (List<String> group : shown) {
            List<Card> cards = new ArrayList<>();
            group.stream().limit(SHOWN_OF_A_GROUP).forEach(id -> {
                Seen one = seen.get(id);
                if (one != null) {
                    cards.add(new Card(
                            one,
                            one.object(),
                            String.format(Locale.ROOT, "%,d × %,d pixels", one.width(), one.height())));
                }
            });
            sections.add(new Section(
                    String.format(Locale.ROOT, "%,d pictures", group.size()),
                    group.size() > cards.size() ? "the first " + cards.size() : "",
                    cards));
        }
        List<String> facts = new ArrayList<>(List.of(how, run.output));
        if (groups.size() > shown.size()) {
            facts.add("the " + shown.size() + " largest groups are shown");
        }
        return new Page(
                String.format(Locale.ROOT, "%,d", groups.size()),
                "groups of pictures that look the same",
                facts,
                sections);
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec == null ? new CommandLine(this) : spec.commandLine(), message);
    }
}
