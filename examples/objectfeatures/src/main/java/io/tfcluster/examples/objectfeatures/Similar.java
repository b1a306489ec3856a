package io.tfcluster.examples.objectfeatures;

import io.tfcluster.examples.common.Console;
import io.tfcluster.examples.common.ExampleException;
import io.tfcluster.examples.common.LocalCluster;
import io.tfcluster.examples.objectfeatures.CodeTable.Near;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The pictures whose objects are most like that of a given picture. */
@Command(
        name = "similar",
        sortOptions = false,
        description = "Shows the pictures whose objects are most like that of a picture.")
final class Similar implements Callable<Integer> {

    @Spec
    @Nullable
    CommandSpec spec;

    @Option(names = "--picture", paramLabel = "FILE", required = true, description = "The picture that is asked about.")
    Path picture = Path.of("");

    @Option(names = "--top", paramLabel = "N", description = "How many are shown (default ${DEFAULT-VALUE}).")
    int top = 12;

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
        if (!Files.isRegularFile(picture)) {
            throw wrong("--picture " + picture + " is no file");
        }
        if (top < 1 || top > 1000) {
            throw wrong("--top must be 1 to 1000, got " + top);
        }
        Console console = new Console(System.out);
        try (LocalCluster cluster = run.spark()) {
            SparkSession spark = cluster.spark();
            Output output = Output.at(spark, run.outputPath());
            RunFile file = output.run();
            Found found = Found.in(output);
            Path whole = picture.toAbsolutePath().normalize();
            // Its id is its whole path, which no picture of the output is taken for.
            Dataset<Row> asked = FolderPictures.of(spark, "file:/")
                    .read(List.of(new Pictures.Known(
                            whole.getFileName().toString(), SourceOptions.absolute(whole.toString()))));
            List<Row> made = run.pipeline(file.networks())
                    .candidates(asked, new StageCounts(spark.sparkContext()))
                    .collectAsList();
            Row first = made.get(0);
            if (!first.isNullAt(first.fieldIndex(Columns.REASON))) {
                throw new ExampleException("--picture " + picture + " cannot be used: " + first.getAs(Columns.REASON));
            }
            Seen query = Seen.of(first);
            CodeTable codes = found.codes(CodeTable.IN_MEMORY);
            List<Near> nearest = codes.nearest(
                    made.stream()
                            .map(row -> found.code().encode(CodeTable.floats(row, row.fieldIndex(Columns.VALUES))))
                            .toList(),
                    top);
            Map<String, Seen> seen = found.seen(nearest.stream().map(Near::id).toList());
            tell(console, query, nearest, seen, codes);
            Page page = page(query, nearest, seen, codes, found.code().bits());
            try (Pictures pictures = new Sources(spark, console).open(file.source(), mongo, false)) {
                List<Seen> shown =
                        page.shown().stream().filter(one -> !one.equals(query)).toList();
                Map<String, byte[]> thumbnails = new HashMap<>(Thumbnails.of(pictures, shown, console));
                thumbnails.putAll(Thumbnails.of(asked));
                page.write(run.page, thumbnails);
            }
        }
        console.say("Page: " + run.page.toAbsolutePath().normalize());
        return CommandLine.ExitCode.OK;
    }

    private void tell(Console console, Seen query, List<Near> nearest, Map<String, Seen> seen, CodeTable codes) {
        console.say(picture.getFileName() + ": " + query.object());
        console.say(how(codes));
        console.say("bits apart  object               picture");
        for (Near near : nearest) {
            Seen one = seen.get(near.id());
            String object = one == null ? "?" : one.object();
            console.say(String.format(Locale.ROOT, "%,10d  %-19.19s  %s", near.distance(), object, near.id()));
        }
    }

    private static String how(CodeTable codes) {
        return String.format(
                Locale.ROOT,
                codes.isExact() ? "compared with all %,d codes" : "%,d codes, compared with those that share a band",
                codes.size());
    }

    private Page page(Seen query, List<Near> nearest, Map<String, Seen> seen, CodeTable codes, int bits) {
        List<Card> cards = new ArrayList<>();
        for (Near near : nearest) {
            Seen one = seen.get(near.id());
            if (one != null) {
                String label = one.label().isEmpty() ? "" : ", from " + one.label();
                cards.add(new Card(
                        one, String.format(Locale.ROOT, "%,d bits apart", near.distance()), one.object() + label));
            }
        }
        return new Page(
                String.valueOf(picture.getFileName()),
                "and what is most like it",
                List.of(query.object(), how(codes), String.format(Locale.ROOT, "codes of %,d bits", bits), run.output),
                List.of(
                        new Section(
                                "Asked about",
                                "",
                                List.of(new Card(
                                        query, query.object(), "its boxes are searched for, and the whole of it"))),
                        new Section("Most like it", "The fewer bits of the code differ, the more alike.", cards)));
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec == null ? new CommandLine(this) : spec.commandLine(), message);
    }
}
