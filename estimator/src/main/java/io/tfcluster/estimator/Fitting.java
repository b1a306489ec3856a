package io.tfcluster.estimator;

import io.tfcluster.ClusterConfig;
import io.tfcluster.EpochReport;
import io.tfcluster.FeedInput;
import io.tfcluster.InputMode;
import io.tfcluster.TFCluster;
import io.tfcluster.TFMain;
import io.tfcluster.TrainingReport;
import io.tfcluster.records.FileShards;
import io.tfcluster.records.TFRecords;
import io.tfcluster.training.CheckpointConfig;
import io.tfcluster.training.EarlyStopping;
import io.tfcluster.training.ExportConfig;
import io.tfcluster.training.ModelFunction;
import io.tfcluster.training.ServingFunction;
import io.tfcluster.training.TrainerConfig;
import io.tfcluster.training.Trigger;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
import org.jspecify.annotations.Nullable;

/** One call of {@link TFEstimator#fit}: checked first, then run. */
final class Fitting {
    private static final String TRAIN = "train";
    private static final String VALIDATION = "validation";

    private final TFEstimator estimator;
    private final SparkSession spark;
    private final FitData data;
    private final FitFolders folders;
    private final TFMain<FitArgs> main;
    private final StructType schema;
    private final boolean persisted;

    private Fitting(
            TFEstimator estimator,
            SparkSession spark,
            FitData data,
            FitFolders folders,
            TFMain<FitArgs> main,
            StructType schema,
            boolean persisted) {
        this.estimator = estimator;
        this.spark = spark;
        this.data = data;
        this.folders = folders;
        this.main = main;
        this.schema = schema;
        this.persisted = persisted;
    }

    /**
     * Checks all that can be checked without a cluster.
     *
     * @throws IllegalArgumentException if Params contradict each other, or do not fit the rows, the model or the folders
     */
    static Fitting prepare(TFEstimator estimator, Dataset<Row> rows) {
        FitChecks.check(estimator);
        Work work = estimator.work();
        ModelFunction model = work.model();
        FitData data = FitData.of(estimator, model, rows);
        SparkContext sc = rows.sparkSession().sparkContext();
        FitFolders folders = FitFolders.of(estimator, sc, estimator.trial().isPresent());
        TFMain<FitArgs> main = model == null
                ? Objects.requireNonNull(work.main(), "FitChecks has looked for a model or a main function")
                : new ModelMain(model, export(estimator, folders));
        Fitting fitting = new Fitting(
                estimator,
                rows.sparkSession(),
                data,
                folders,
                main,
                rows.schema(),
                !rows.storageLevel().equals(StorageLevel.NONE()));
        fitting.config();
        return fitting;
    }

    private static ExportConfig export(TFEstimator estimator, FitFolders folders) {
        ExportConfig asked = estimator.work().export();
        ExportConfig export = asked == null ? ExportConfig.to(folders.export()) : asked;
        if (!export.signatures().containsKey(estimator.getSignatureDefKey())) {
            export = export.signature(estimator.getSignatureDefKey(), ServingFunction.ofModel());
        }
        return export.hadoop(folders.hadoop());
    }

    FitData data() {
        return data;
    }

    /** The schema of the rows as the user gave them. */
    StructType schema() {
        return schema;
    }

    Configuration hadoop() {
        return spark.sparkContext().hadoopConfiguration();
    }

    String exportDir() {
        return folders.export();
    }

    /** Waits for slots, and trains; the cluster starts again after failures by itself, as often as is allowed. */
    FitSummary run() {
        SparkContext sc = spark.sparkContext();
        int slots = estimator.getClusterSize() - (estimator.getDriverPsNodes() ? estimator.getNumPs() : 0);
        @Nullable FileShards train = records(TRAIN, data.train());
        @Nullable
        FileShards validation = data.validation().isPresent()
                ? records(VALIDATION, data.validation().get())
                : null;
        Duration limit = Duration.ofSeconds(estimator.getReservationTimeout());
        try (SlotQueue.Held held = SlotQueue.of(sc)
                .acquire(
                        estimator.title(),
                        slots,
                        () -> sc.maxNumConcurrentTasks(
                                sc.resourceProfileManager().defaultResourceProfile()),
                        limit)) {
            long start = System.nanoTime();
            TrainingReport report = train(args(train, validation));
            double seconds = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start) / 1000.0;
            return reported(summary(report), seconds, report.restarts().size());
        }
    }

    private @Nullable FileShards records(String name, Dataset<Row> rows) {
        if (folders.records().isEmpty()) {
            return null;
        }
        String folder = folders.records().get() + "/" + name;
        int files = (estimator.getClusterSize() - estimator.getNumPs()) * estimator.getReaders();
        TFRecords.write(rows.rdd().getNumPartitions() < files ? rows.repartition(files) : rows, folder);
        return FileShards.list(hadoop(), folder);
    }

    private TrainingReport train(FitArgs args) {
        ClusterConfig config = config();
        try (TFCluster cluster = TFCluster.run(spark, main, args, config)) {
            TrainingReport report;
            if (config.inputMode() == InputMode.SPARK) {
                FeedInput train = input(data.train(), estimator.getResume());
                data.validation()
                        .ifPresentOrElse(
                                validation -> cluster.train(train, input(validation, false), estimator.getEpochs()),
                                () -> cluster.train(train, estimator.getEpochs()));
                report = cluster.shutdown(true, Duration.ofSeconds(estimator.getGraceSecs()));
            } else {
                report = cluster.shutdown();
            }
            if (!folders.exported(hadoop())) {
                throw new IllegalStateException("the processes ended, but there is no SavedModel in " + folders.export()
                        + "; the main function must have one written to args.exportDir()");
            }
            return report;
        }
    }

    private FeedInput input(Dataset<Row> rows, boolean resumed) {
        FeedInput input = FeedInput.of(rows);
        if (estimator.getEpochs() > 1 && !persisted) {
            input = input.cached(); // what Spark ML's own estimators do with rows that are not persisted
        }
        return resumed && folders.checkpoints().isPresent()
                ? input.resume(folders.checkpoints().get())
                : input;
    }

    private ClusterConfig config() {
        ClusterConfig.Builder config = ClusterConfig.builder(estimator.getClusterSize())
                .ps(estimator.getNumPs())
                .parameterServersOnDriver(estimator.getDriverPsNodes())
                .inputMode(InputMode.valueOf(estimator.getInputMode()))
                .maxRestarts(estimator.getMaxRestarts())
                .tensorboard(estimator.getTensorboard())
                .nodeMemory(estimator.getNodeMemory())
                .threads(estimator.getIntraOpThreads(), estimator.getInterOpThreads())
                .feedTimeout(Duration.ofSeconds(estimator.getFeedTimeout()))
                .reservationTimeout(Duration.ofSeconds(estimator.getReservationTimeout()));
        estimator.listener().ifPresent(config::listener);
        if (!estimator.getMasterNode().isEmpty()) {
            config.chiefName(estimator.getMasterNode());
        }
        if (estimator.isSet(estimator.logDir())) {
            config.logDir(estimator.getLogDir());
        }
        if (estimator.getInputMode().equals(InputMode.SPARK.name())) {
            config.feed(TRAIN, data.schema());
            if (data.validation().isPresent()) {
                config.feed(VALIDATION, data.schema());
            }
        }
        return config.build();
    }

    private FitArgs args(@Nullable FileShards train, @Nullable FileShards validation) {
        TrainerConfig.Builder config = TrainerConfig.builder(estimator.optimizerToUse())
                .batchSize(estimator.getBatchSize())
                .maxSteps(estimator.getSteps())
                .seed(estimator.getSeed());
        if (estimator.isSet(estimator.weightCol())) {
            config.weights(FitData.WEIGHTS);
        }
        folders.checkpoints()
                .ifPresent(folder -> config.checkpoints(CheckpointConfig.in(folder)
                        .every(every())
                        .keep(estimator.getKeepCheckpoints())
                        .resume(estimator.getResume())
                        .hadoop(folders.hadoop())));
        return new FitArgs(
                estimator,
                data.schema(),
                folders.export(),
                config.build(),
                stopping(),
                data.validation().isPresent(),
                train,
                validation);
    }

    private Trigger every() {
        return Objects.requireNonNull(Checks.trigger(estimator.getCheckpointEvery()), "the Param has been checked");
    }

    private @Nullable EarlyStopping stopping() {
        String metric = estimator.getEarlyStoppingMetric();
        if (metric.isEmpty()) {
            return null;
        }
        boolean small = estimator.getEarlyStoppingMode().equals("min")
                || (estimator.getEarlyStoppingMode().equals("auto")
                        && metric.toLowerCase(Locale.ROOT).matches(".*(loss|error|mse|mae|rmse|entropy|perplexity).*"));
        EarlyStopping stopping = small ? EarlyStopping.minimize(metric) : EarlyStopping.maximize(metric);
        return stopping.patience(estimator.getEarlyStoppingPatience());
    }

    private static FitSummary summary(TrainingReport report) {
        Optional<String> told = report.nodes().stream()
                .flatMap(node -> Optional.ofNullable(node.result().get(ModelMain.RESULT)).stream())
                .findFirst();
        if (told.isPresent()) {
            return ModelMain.read(told.get());
        }
        long rows = report.epochs().stream()
                .filter(epoch -> epoch.feed().equals(TRAIN))
                .mapToLong(EpochReport::rowsTaken)
                .sum();
        return new FitSummary(0, rows, Double.NaN, Map.of(), List.of(), "", 0, 0);
    }

    private FitSummary reported(FitSummary done, double seconds, int restarts) {
        List<String> wanted = List.of(estimator.getMetrics());
        Map<String, Double> metrics = new LinkedHashMap<>(done.metrics());
        if (!wanted.isEmpty()) {
            metrics.keySet().retainAll(wanted);
        }
        return new FitSummary(
                done.steps(), done.rows(), done.loss(), metrics, done.epochs(), done.stoppedEarly(), seconds, restarts);
    }
}
