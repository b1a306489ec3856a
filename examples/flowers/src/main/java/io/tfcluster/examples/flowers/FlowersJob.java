package io.tfcluster.examples.flowers;

import io.tfcluster.EpochReport;
import io.tfcluster.examples.common.Console;
import io.tfcluster.examples.common.LocalCluster;
import io.tfcluster.examples.flowers.Evaluation.Answer;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A whole run: MongoDB, Spark, clusters, evaluation, and all that is left afterwards. Everything it starts ends with {@link #run()}. */
final class FlowersJob {

    private static final int SHOWN_PICTURES_SIDE = 240;

    private final Settings settings;
    private final Console console;

    FlowersJob(Settings settings, Console console) {
        this.settings = settings;
        this.console = console;
    }

    void run() {
        long start = System.nanoTime();
        Backbone backbone = settings.backbone() == null ? null : Backbone.inspect(settings.backbone());
        try (Database database = Database.open(settings.pictures(), console)) {
            database.fill();
            List<String> classes = database.store().classes();
            String master = master();
            warnOfLoopback(master, database.store().uri());
            console.say("Starting Spark: " + master);
            try (LocalCluster local = LocalCluster.start("flowers", master)) {
                PictureReader reader = new PictureReader(local.spark(), database.store());
                TrainingClusters clusters = new TrainingClusters(local, settings, console);
                Samples samples = backbone == null
                        ? clusters.pixels(reader, database.store().place(), classes.size())
                        : clusters.features(reader, database.store().place(), backbone, classes.size());
                TrainingClusters.Outcome outcome = settings.pipeline()
                        ? new TrainingPipelines(local.spark(), settings, console).train(samples, classes, backbone)
                        : clusters.train(samples, classes, backbone);
                finish(database, samples, outcome, start);
            }
        }
        console.say(
                String.format(Locale.ROOT, "Done in %d s.", TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start)));
    }

    private void finish(Database database, Samples samples, TrainingClusters.Outcome outcome, long start) {
        Evaluation evaluation = outcome.evaluation();
        RunResult result = new RunResult(
                database.pictures(),
                samples.model(),
                samples.trainRows() + samples.testRows(),
                samples.trainRows(),
                outcome.seconds(),
                evaluation,
                outcome.epochs());
        console.say("");
        evaluation.table().forEach(console::say);
        console.say("");
        console.say(String.format(
                Locale.ROOT,
                "%,.0f images/s over %,.0f s of training; %s",
                result.imagesPerSecond(),
                result.seconds(),
                sums(outcome.epochs())));
        ModelFolder.publish(settings.modelDir(), evaluation.classes(), database.pictures(), console);
        List<Answer> shown = Report.sample(evaluation, settings.seed());
        Map<String, byte[]> thumbnails = database.store()
                .images(
                        shown.stream().map(Answer::id).toList(),
                        file -> PictureDecoder.thumbnail(file, SHOWN_PICTURES_SIDE));
        new Report(result, outcome.curve(), facts(result, start)).write(settings.report(), shown, thumbnails);
        console.say("Report: " + settings.report().toAbsolutePath());
        settings.resultFile().ifPresent(file -> {
            result.writeJson(file);
            console.say("Figures: " + file.toAbsolutePath());
        });
    }

    private static String sums(List<EpochReport> epochs) {
        boolean whole = epochs.stream().allMatch(epoch -> epoch.rowsTaken() == epoch.inputRows());
        return whole ? "each epoch's shares add up to its input" : "some epochs ended early";
    }

    private List<String> facts(RunResult result, long start) {
        return List.of(
                "Pictures: " + result.pictures(),
                "Model: " + result.model(),
                String.format(
                        Locale.ROOT,
                        "%,d pictures to learn from, %d epochs",
                        result.trainImages(),
                        result.epochs().size()),
                settings.workers()
                        + (settings.workers() == 1 ? " worker" : " workers")
                        + (settings.ps() == 0
                                ? ", all-reduce"
                                : ", " + settings.ps() + " parameter servers, asynchronous"),
                String.format(Locale.ROOT, "%,.0f images/s", result.imagesPerSecond()),
                Duration.ofSeconds(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start))
                                .toString()
                                .substring(2)
                                .toLowerCase(Locale.ROOT)
                        + " in all");
    }

    /** What was asked for, else spark-submit's, else executors of one core, one for each node. */
    private String master() {
        if (settings.master() != null) {
            return settings.master();
        }
        String submitted = System.getProperty("spark.master");
        return submitted != null ? submitted : "local-cluster[" + settings.nodes() + ",1,1024]";
    }

    private void warnOfLoopback(String master, String uri) {
        if (settings.pictures().mongoUri == null && master.contains("://")) {
            String host = URI.create(master.replaceFirst(",.*", "")).getHost();
            if (host == null || !List.of("127.0.0.1", "localhost").contains(host)) {
                console.say("Executors on other hosts cannot reach the embedded MongoDB at " + uri
                        + "; give them one with --mongo-uri.");
            }
        }
    }
}
