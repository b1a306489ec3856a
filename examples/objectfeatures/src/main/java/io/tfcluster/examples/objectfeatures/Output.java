package io.tfcluster.examples.objectfeatures;

import static org.apache.spark.sql.functions.col;

import io.tfcluster.examples.common.ExampleException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * The folder that a run writes, on any Hadoop file system whose rename is whole or not at all (HDFS and local disks are):
 *
 * <pre>
 *  run.json                       what it was made of and with
 *  codes.json                     the thresholds of the codes, learned from the first batch
 *  features/batch=00001/*.parquet id, place, label, width, height, boxes, box, class, score, features, code
 *  rejected/batch=00001/*.parquet id, place, reason
 *  .work/                         the batch that is being made; of no use to another run
 * </pre>
 */
final class Output {

    static final String FEATURES = "features";
    static final String REJECTED = "rejected";

    private final SparkSession spark;
    private final Path folder;
    private final FileSystem files;

    private Output(SparkSession spark, Path folder, FileSystem files) {
        this.spark = spark;
        this.folder = folder;
        this.files = files;
    }

    /** Looks at nothing yet. */
    static Output at(SparkSession spark, String folder) {
        Path path = new Path(folder);
        try {
            FileSystem files = path.getFileSystem(spark.sessionState().newHadoopConf());
            return new Output(spark, files.makeQualified(path), files);
        } catch (IOException e) {
            throw new ExampleException("cannot reach --output " + folder + ": " + e.getMessage(), e);
        }
    }

    /** For people. */
    String text() {
        return folder.toString().replaceFirst("^file:/+", "/");
    }

    /** Makes it ready to be written to: the folder, without what a run left that did not end, and its run.json or one like it. */
    void begin(RunFile run) {
        Optional<String> there = text("run.json");
        there.ifPresent(json -> RunFile.fromJson(json, text() + "/run.json").mustEqual(run, text()));
        try {
            files.delete(work(), true);
            files.mkdirs(folder);
            if (there.isEmpty()) {
                // What begins with a dot is of a run that was killed while it began.
                if (Arrays.stream(files.listStatus(folder))
                        .anyMatch(status -> !status.getPath().getName().startsWith("."))) {
                    throw new ExampleException("--output " + text()
                            + " holds other things, and no run.json; name an empty folder or one that is not there");
                }
                write("run.json", run.toJson());
            }
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    /** What it was made of and with. */
    RunFile run() {
        return RunFile.fromJson(
                text("run.json")
                        .orElseThrow(() -> new ExampleException("there are no features at " + text()
                                + "; make them with: bin/objectfeatures --output DIR, or name where they are")),
                text() + "/run.json");
    }

    Optional<BinaryCode> code() {
        return text("codes.json").map(BinaryCode::fromJson);
    }

    void writeCode(BinaryCode code) {
        try {
            write("codes.json", code.toJson());
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    /** The number that the next batch gets. */
    int nextBatch() {
        return 1 + Math.max(lastBatch(FEATURES), lastBatch(REJECTED));
    }

    private int lastBatch(String kind) {
        try {
            return Arrays.stream(files.listStatus(new Path(folder, kind)))
                    .map(status -> status.getPath().getName())
                    .filter(name -> name.matches("batch=[0-9]+"))
                    .mapToInt(name -> Integer.parseInt(name.substring("batch=".length())))
                    .max()
                    .orElse(0);
        } catch (FileNotFoundException e) {
            return 0; // nothing of this kind yet
        } catch (IOException e) {
            throw new ExampleException("cannot list --output " + text() + ": " + firstLine(e), e);
        }
    }

    /** A path for what is being made. */
    String work(String name) {
        return new Path(work(), name).toString();
    }

    private Path work() {
        return new Path(folder, ".work");
    }

    /** Puts a written folder in its place, whole or not at all. */
    void commit(String made, String kind, int batch) {
        Path to = new Path(folder, String.format(Locale.ROOT, "%s/batch=%05d", kind, batch));
        try {
            files.mkdirs(to.getParent());
            if (!files.rename(new Path(made), to)) {
                throw new ExampleException(
                        "cannot rename " + made + " to " + to + "; does another run write to this output?");
            }
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    /** Removes what is left of the work. */
    void clean() {
        try {
            files.delete(work(), true);
        } catch (IOException e) {
            throw WriteFailure.of("cannot remove " + work(), text(), e);
        }
    }

    /** All rows of a kind; none if there is nothing of it. */
    Dataset<Row> rows(String kind, StructType schema) {
        return lastBatch(kind) == 0
                ? spark.createDataFrame(List.of(), schema)
                : spark.read()
                        .schema(schema)
                        .parquet(new Path(folder, kind).toString())
                        .select(Arrays.stream(schema.fieldNames())
                                .map(name -> col(name))
                                .toArray(Column[]::new));
    }

    private Optional<String> text(String name) {
        try (FSDataInputStream in = files.open(new Path(folder, name))) {
            return Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (FileNotFoundException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new ExampleException("cannot read " + new Path(folder, name) + ": " + firstLine(e), e);
        }
    }

    private void write(String name, String text) throws IOException {
        Path aside = new Path(folder, "." + name + ".new");
        try (FSDataOutputStream out = files.create(aside, true)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        if (!files.rename(aside, new Path(folder, name))) {
            throw new IOException("cannot rename " + aside + " to " + name);
        }
    }

    private ExampleException unwritable(IOException e) {
        return WriteFailure.of("cannot write to --output " + text(), text(), e);
    }

    private static String firstLine(IOException e) {
        return String.valueOf(e.getMessage())
                .lines()
                .findFirst()
                .orElse(e.getClass().getSimpleName());
    }
}
