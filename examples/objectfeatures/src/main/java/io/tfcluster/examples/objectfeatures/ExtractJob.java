package io.tfcluster.examples.objectfeatures;

import static org.apache.spark.sql.functions.col;

import io.tfcluster.examples.common.Console;
import io.tfcluster.examples.common.ExampleException;
import io.tfcluster.examples.objectfeatures.Pictures.Known;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes the pictures that are not in the output yet through the pipeline, a batch at a time, each put there as a whole. */
final class ExtractJob {

    private static final Logger log = LoggerFactory.getLogger(ExtractJob.class);
    private static final int SAMPLE = 2048;
    private static final int ROWS_OF_A_FILE = 20_000;
    private static final StructType IDS = new StructType().add(Pictures.ID, DataTypes.StringType);

    private final SparkSession spark;
    private final Console console;
    private final Output output;
    private final ObjectPipeline pipeline;
    private final int batchSize;

    ExtractJob(SparkSession spark, Console console, Output output, ObjectPipeline pipeline, int batchSize) {
        this.spark = spark;
        this.console = console;
        this.output = output;
        this.pipeline = pipeline;
        this.batchSize = batchSize;
    }

    /** Does what is to be done, and returns what became of it; what was there already is not in it. */
    Tally run(Pictures pictures) {
        Dataset<Row> listed = pictures.known();
        long known = listed.count();
        if (known == 0) {
            throw new ExampleException("there are no pictures there");
        }
        Dataset<Row> written = output.rows(Output.FEATURES, IDS).union(output.rows(Output.REJECTED, IDS));
        Dataset<Row> todo =
                listed.join(written, new String[] {Pictures.ID}, "left_anti").persist(StorageLevel.MEMORY_AND_DISK());
        long total = todo.count();
        console.say(String.format(
                Locale.ROOT, "%,d pictures, %,d of them there already, %,d to do", known, known - total, total));
        Tally all = new Tally();
        StageCounts counts = new StageCounts(spark.sparkContext());
        int first = output.nextBatch();
        int number = first;
        try (Progress progress = Progress.start(console, counts, total)) {
            for (Iterator<List<Known>> batches = Batches.of(todo, batchSize, pictures.byPlace());
                    batches.hasNext();
                    number++) {
                long start = System.nanoTime();
                List<Known> batch = batches.next();
                Tally tally = attempt(pictures.read(batch), counts, number, number - first);
                all.add(tally);
                progress.written(tally.written() + tally.rejected());
                tell(number, batch.size(), tally, (System.nanoTime() - start) / 1e9);
            }
        } finally {
            todo.unpersist();
        }
        output.clean();
        return all;
    }

    private void tell(int number, int asked, Tally tally, double seconds) {
        console.say(String.format(
                Locale.ROOT,
                "batch %d: %,d written, %,d with an object; %,d rejected; %.1f/s",
                number,
                tally.written(),
                tally.withObject(),
                tally.rejected(),
                asked / seconds));
        long missing = asked - tally.written() - tally.rejected();
        if (missing != 0) {
            console.say(String.format(Locale.ROOT, "  %,d were listed, but gone when they were to be read", missing));
        }
    }

    private Tally attempt(Dataset<Row> files, StageCounts counts, int number, int before) {
        try {
            return batch(files, counts, number);
        } catch (ExampleException e) {
            throw e;
        } catch (Exception e) { // Spark throws what it does not declare
            log.debug("batch {} failed", number, e);
            throw WriteFailure.of(
                    String.format(Locale.ROOT, "batch %d failed, after %d of this run", number, before),
                    output.text(),
                    e);
        }
    }

    private Tally batch(Dataset<Row> files, StageCounts counts, int number) {
        String raw = output.work("raw");
        Dataset<Row> made = pipeline.transform(files, counts);
        made.write().mode("overwrite").parquet(raw);
        Dataset<Row> rows = spark.read().schema(made.schema()).parquet(raw);
        Tally tally = Tally.of(rows);
        if (tally.written() > 0) {
            Dataset<Row> features = rows.filter(col(Columns.REASON).isNull());
            BinaryCode code = output.code().orElseGet(() -> learn(features));
            put(
                    features.withColumn(Columns.CODE, ObjectPipeline.code(code, col(Columns.VALUES))),
                    Output.FEATURES,
                    Columns.FEATURES,
                    number,
                    tally.written());
        }
        if (tally.rejected() > 0) {
            put(
                    rows.filter(col(Columns.REASON).isNotNull()),
                    Output.REJECTED,
                    Columns.REJECTED,
                    number,
                    tally.rejected());
        }
        return tally;
    }

    private BinaryCode learn(Dataset<Row> features) {
        List<float[]> sample = new ArrayList<>();
        for (Iterator<Row> rows = features.select(Columns.VALUES).limit(SAMPLE).toLocalIterator(); rows.hasNext(); ) {
            sample.add(CodeTable.floats(rows.next(), 0));
        }
        BinaryCode code = BinaryCode.medians(sample);
        output.writeCode(code);
        return code;
    }

    private void put(Dataset<Row> rows, String kind, StructType schema, int number, long count) {
        String made = output.work(kind);
        Column[] columns =
                Arrays.stream(schema.fieldNames()).map(name -> col(name)).toArray(Column[]::new);
        rows.select(columns)
                .coalesce((int) Math.min(1000, 1 + count / ROWS_OF_A_FILE))
                .write()
                .mode("overwrite")
                .parquet(made);
        output.commit(made, kind, number);
    }

    /** Checks networks, settings and columns against each other, without reading a picture. */
    void check() {
        StructType files = new StructType()
                .add(Pictures.ID, DataTypes.StringType)
                .add(Pictures.PLACE, DataTypes.StringType)
                .add(Pictures.LABEL, DataTypes.StringType)
                .add(Pictures.IMAGE, DataTypes.BinaryType);
        Optional<BinaryCode> code = output.code();
        StructType made = pipeline.transform(
                        spark.createDataFrame(List.of(), files), new StageCounts(spark.sparkContext()))
                .schema();
        log.debug("the pipeline gives {}; codes: {}", made.simpleString(), code.isPresent());
    }
}
