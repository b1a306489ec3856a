package io.tfcluster.examples.objectfeatures;

import io.tfcluster.estimator.ReadAhead;
import io.tfcluster.examples.objectfeatures.Pictures.Known;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** How a run would go, in words: who reads, who computes, what waits for what. */
final class Plan {

    private static final int COLUMNS = 79;

    private final SparkSession spark;
    private final RunFile file;
    private final RunOptions run;
    private final int batch;

    Plan(SparkSession spark, RunFile file, RunOptions run, int batch) {
        this.spark = spark;
        this.file = file;
        this.run = run;
        this.batch = batch;
    }

    /** Lines of at most 79 columns; the first batch is planned by Spark, and not read. */
    List<String> lines(Pictures pictures, ObjectPipeline pipeline) {
        Dataset<Row> known = pictures.known();
        long count = known.count();
        List<String> lines = new ArrayList<>();
        lines.add("pictures: " + file.source().text());
        if (count == 0 && file.source().kind().equals(SourceSpec.IMAGES)) {
            lines.add("they are loaded into MongoDB first; until then nothing more can be told");
            return lines;
        }
        lines.add(String.format(
                Locale.ROOT,
                "batches: %,d pictures, %,d at a time; each is written as a whole before the next begins",
                count,
                batch));
        lines.add(String.format(
                Locale.ROOT,
                "tasks: %d at a time on %s; each decodes what it takes, once",
                spark.sparkContext().defaultParallelism(),
                spark.sparkContext().master()));
        Batches batches = Batches.of(known, batch, pictures.byPlace());
        List<Known> first = batches.hasNext() ? batches.next() : List.of();
        if (!first.isEmpty()) {
            lines.add("a batch, from the first stage to the last:");
            ReadAhead.explain(pipeline.transform(pictures.read(first), new StageCounts(spark.sparkContext())))
                    .lines()
                    .forEach(line -> lines.add("  " + line));
        }
        lines.add("output: " + run.outputPath());
        return lines.stream().flatMap(line -> wrapped(line).stream()).toList();
    }

    /** A line broken at spaces, what follows set in. */
    static List<String> wrapped(String line) {
        List<String> lines = new ArrayList<>();
        String left = line;
        while (left.length() > COLUMNS) {
            int end = left.lastIndexOf(' ', COLUMNS);
            if (end <= 8) { // one long word, as paths are
                end = left.indexOf(' ', COLUMNS);
            }
            if (end < 0) {
                break;
            }
            lines.add(left.substring(0, end));
            left = "      " + left.substring(end + 1);
        }
        lines.add(left);
        return lines;
    }
}
