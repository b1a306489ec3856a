package io.tfcluster.benchmarks;

import io.tfcluster.benchmarks.PicturePipeline.Part;
import io.tfcluster.estimator.ReadAhead;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The pipeline of pipeline.images on a slow database, against itself with reading tied to its one model: an executor of one task at a time,
 * each of which reads a batch and then computes it. The database is slowed until that form waits for it half of its time. Untied, a task has
 * four readers.
 */
final class PipelineUntiedBenchmark implements Benchmark {
    private static final double WANTED_RATIO = 1.7;
    private static final int BATCH = 16;
    private static final int READERS = 4;
    private static final int PERCENT = 100;

    private final boolean quick;
    private final LocalSpark spark;

    PipelineUntiedBenchmark(Settings settings, LocalSpark spark) {
        this.quick = settings.quick();
        this.spark = spark;
    }

    @Override
    public String name() {
        return "pipeline.untied";
    }

    @Override
    public String about() {
        return "the pipeline with reading free of its model, against one reader a model, on a slow database";
    }

    @Override
    public List<Measurement> run(Consumer<String> progress) {
        int cores = Runtime.getRuntime().availableProcessors();
        int batch = quick ? 4 : BATCH;
        int rounds = quick ? 1 : 3;
        Optional<PicturePipeline> networks = PicturePipeline.find(batch, cores);
        Optional<PictureFiles> copied =
                networks.isEmpty() ? Optional.empty() : PictureFiles.copy(spark.session(), quick ? 16 : 256);
        if (networks.isEmpty() || copied.isEmpty()) {
            progress.accept(name() + ": skipped, ../shared/data with models and flowers is not beside this checkout");
            return List.of();
        }
        try (PictureFiles files = copied.get()) {
            return measure(networks.get(), files, rounds, progress);
        }
    }

    private List<Measurement> measure(
            PicturePipeline pipeline, PictureFiles files, int rounds, Consumer<String> progress) {
        SparkSession session = spark.session();
        int inPartition = files.count() / PictureFiles.PARTITIONS;
        int answers = PictureFiles.PARTITIONS * ((inPartition + pipeline.batch() - 1) / pipeline.batch());
        List<Double> fast = new ArrayList<>();
        for (int round = -1; round < rounds; round++) {
            double seconds = seconds(tied(pipeline, files.read(session)));
            if (round >= 0) {
                fast.add(seconds);
            }
        }
        double compute = TransformSmallBenchmark.median(fast);
        long nanos = (long) (compute / answers * 1e9);
        progress.accept(String.format(
                Locale.ROOT,
                "%s: %d pictures take one task %.1f s; now each %d wait %.0f ms for the database, %d times ...",
                name(),
                files.count(),
                compute,
                pipeline.batch(),
                nanos / 1e6,
                rounds));
        List<Double> tied = new ArrayList<>();
        List<Double> waits = new ArrayList<>();
        List<Double> untied = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            SlowReads slow = SlowReads.of(session, pipeline.batch(), nanos);
            double seconds = seconds(tied(pipeline, slow.of(files.read(session))));
            tied.add(seconds);
            waits.add(PERCENT * slow.waitedSeconds() / seconds);
            Dataset<Row> free = untied(
                    pipeline, SlowReads.of(session, pipeline.batch(), nanos).of(files.read(session)));
            if (round == 0) {
                progress.accept(ReadAhead.explain(free));
            }
            untied.add(seconds(free));
        }
        double bound = TransformSmallBenchmark.median(tied);
        double free = TransformSmallBenchmark.median(untied);
        return List.of(
                Measurement.of(name(), files.count() / free, "images/s", files.count() / bound)
                        .aimingAt(Target.ratioAtLeast(WANTED_RATIO)),
                Measurement.of(name() + ".tiedReads", TransformSmallBenchmark.median(waits), "%"),
                Measurement.of(name() + ".noWait", files.count() / compute, "images/s"));
    }

    private static Dataset<Row> tied(PicturePipeline pipeline, Dataset<Row> files) {
        return pipeline.upTo(Part.EXTRACT, files);
    }

    private static Dataset<Row> untied(PicturePipeline pipeline, Dataset<Row> files) {
        return pipeline.upTo(
                Part.EXTRACT,
                files,
                new ReadAhead().setPartitions(1).setReaders(READERS).setBufferRows(2 * pipeline.batch()));
    }

    private static double seconds(Dataset<Row> rows) {
        long start = System.nanoTime();
        TransformSmallBenchmark.consume(rows);
        return (System.nanoTime() - start) / 1e9;
    }

    @Override
    public void close() {
        spark.close();
    }
}
