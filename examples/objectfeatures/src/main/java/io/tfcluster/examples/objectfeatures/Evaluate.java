package io.tfcluster.examples.objectfeatures;

import static org.apache.spark.sql.functions.col;

import io.tfcluster.estimator.image.ImageChain;
import io.tfcluster.estimator.image.ImageTransformer;
import io.tfcluster.examples.common.Console;
import io.tfcluster.examples.common.ExampleException;
import io.tfcluster.examples.common.LocalCluster;
import io.tfcluster.examples.objectfeatures.CodeTable.Loaded;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
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

/** How good the codes are: whether the nearest picture is of the same class, and whether a copy finds what it was made of. */
@Command(
        name = "evaluate",
        sortOptions = false,
        description = {
            "Tells how good the codes are: how often the nearest picture has the same label, and how often a resized and"
                    + " recompressed copy finds the picture that it was made of."
        })
final class Evaluate implements Callable<Integer> {

    @Spec
    @Nullable
    CommandSpec spec;

    @Option(
            names = "--queries",
            paramLabel = "N",
            description = "Pictures whose neighbour is looked at (default ${DEFAULT-VALUE}).")
    int queries = 300;

    @Option(names = "--copies", paramLabel = "N", description = "Pictures that are copied (default ${DEFAULT-VALUE}).")
    int copies = 200;

    @Option(
            names = "--copy-side",
            paramLabel = "N",
            description = "Shorter side of a copy, in pixels (default ${DEFAULT-VALUE}).")
    int side = 120;

    @Option(
            names = "--copy-quality",
            paramLabel = "N",
            description = "JPEG quality of a copy (default ${DEFAULT-VALUE}).")
    int quality = 60;

    @Option(names = "--seed", paramLabel = "N", description = "Of the choice of pictures (default ${DEFAULT-VALUE}).")
    long seed = 1;

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
        if (queries < 1 || copies < 0 || side < 1 || quality < 1 || quality > 100) {
            throw wrong("--queries and --copy-side must be 1 or more, --copies 0 or more, --copy-quality 1 to 100, got "
                    + queries + ", " + side + ", " + copies + " and " + quality);
        }
        Console console = new Console(System.out);
        try (LocalCluster cluster = run.spark()) {
            SparkSession spark = cluster.spark();
            Output output = Output.at(spark, run.outputPath());
            RunFile file = output.run();
            Found found = Found.in(output);
            CodeTable table = found.codes(CodeTable.IN_MEMORY);
            if (!table.isExact()) {
                throw new ExampleException("an evaluation compares all codes in this process, and there are more than "
                        + CodeTable.IN_MEMORY);
            }
            Loaded codes = table.load();
            Map<String, String> labels = new HashMap<>();
            Map<String, String> places = new HashMap<>();
            for (Iterator<Row> rows = output.rows(Output.FEATURES, Columns.FEATURES)
                            .select(Pictures.ID, Pictures.LABEL, Pictures.PLACE)
                            .toLocalIterator();
                    rows.hasNext(); ) {
                Row row = rows.next();
                if (!row.isNullAt(1)) {
                    labels.put(row.getString(0), row.getString(1));
                }
                places.put(row.getString(0), row.getString(2));
            }
            neighbours(console, codes, labels);
            if (copies > 0) {
                try (Pictures pictures = new Sources(spark, console).open(file.source(), mongo, false)) {
                    ObjectPipeline pipeline = run.pipeline(file.networks());
                    copies(console, codes, places, pictures, pipeline, found.code(), spark);
                }
            }
        }
        return CommandLine.ExitCode.OK;
    }

    private void neighbours(Console console, Loaded codes, Map<String, String> labels) {
        List<Integer> labelled = new ArrayList<>();
        for (int i = 0; i < codes.ids().size(); i++) {
            if (labels.containsKey(codes.ids().get(i))) {
                labelled.add(i);
            }
        }
        if (labelled.size() < 2) {
            console.say("No picture has a label; nothing to tell of neighbours.");
            return;
        }
        Collections.shuffle(labelled, new Random(seed));
        List<Integer> asked = labelled.subList(0, Math.min(queries, labelled.size()));
        long same = asked.stream()
                .filter(query -> {
                    String label = labels.getOrDefault(codes.ids().get(query), "");
                    // The nearest but itself; two are enough, one of them is it or as near as it.
                    return codes.index().nearest(codes.index().code(query), 2).stream()
                            .filter(hit -> hit.position() != query)
                            .limit(1)
                            .anyMatch(hit -> label.equals(labels.get(codes.ids().get(hit.position()))));
                })
                .count();
        console.say(String.format(
                Locale.ROOT,
                "neighbours: %,d of %,d nearest by code have the same label: %.1f%%",
                same,
                asked.size(),
                100.0 * same / asked.size()));
    }

    private void copies(
            Console console,
            Loaded codes,
            Map<String, String> places,
            Pictures pictures,
            ObjectPipeline pipeline,
            BinaryCode code,
            SparkSession spark) {
        List<Integer> positions = new ArrayList<>();
        for (int i = 0; i < codes.ids().size(); i++) {
            positions.add(i);
        }
        Collections.shuffle(positions, new Random(seed + 1));
        Map<String, Integer> asked = new HashMap<>();
        positions.stream()
                .limit(copies)
                .forEach(position -> asked.put(codes.ids().get(position), position));
        Dataset<Row> files = pictures.read(asked.keySet().stream()
                .map(id -> new Pictures.Known(id, places.getOrDefault(id, "")))
                .toList());
        Dataset<Row> copied = new ImageTransformer()
                .setInputCol(Pictures.IMAGE)
                .setOutputCol("copy")
                .setChain(ImageChain.decode().resizeShorterSide(side))
                .setOutputType("jpeg")
                .setQuality(quality)
                .transform(files)
                .withColumn(Pictures.IMAGE, col("copy"))
                .drop("copy");
        Map<String, List<long[]>> made = new HashMap<>();
        for (Row row : pipeline.candidates(copied, new StageCounts(spark.sparkContext()))
                .filter(col(Columns.REASON).isNull())
                .select(Pictures.ID, Columns.VALUES)
                .collectAsList()) {
            made.computeIfAbsent(row.getString(0), id -> new ArrayList<>())
                    .add(HammingIndex.words(code.encode(CodeTable.floats(row, 1))));
        }
        int found = 0;
        int[] distances = new int[made.size()];
        int copy = 0;
        for (Map.Entry<String, List<long[]>> entry : made.entrySet()) {
            int original = asked.getOrDefault(entry.getKey(), -1);
            int nearest = Integer.MAX_VALUE;
            distances[copy] = Integer.MAX_VALUE;
            for (long[] candidate : entry.getValue()) {
                nearest = Math.min(
                        nearest, codes.index().nearest(candidate, 1).get(0).distance());
                distances[copy] = Math.min(distances[copy], codes.index().distance(original, candidate));
            }
            // The same picture may be there under two names; then the copy is as near to both.
            if (nearest == distances[copy]) {
                found++;
            }
            copy++;
        }
        Arrays.sort(distances);
        console.say(String.format(
                Locale.ROOT,
                "copies: %,d of %,d found as the nearest: %.1f%%",
                found,
                made.size(),
                100.0 * found / Math.max(1, made.size())));
        console.say(String.format(Locale.ROOT, "  shorter side %d pixels, JPEG quality %d", side, quality));
        if (distances.length > 0) {
            console.say(String.format(
                    Locale.ROOT,
                    "  bits that differ, of %,d: half of them %,d or less, 95%% %,d or less",
                    code.bits(),
                    distances[distances.length / 2],
                    distances[(int) (0.95 * (distances.length - 1))]));
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec == null ? new CommandLine(this) : spec.commandLine(), message);
    }
}
