package io.tfcluster.examples.textclassifier;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tfcluster.estimator.TFEstimator;
import io.tfcluster.estimator.TFModel;
import io.tfcluster.examples.common.Commands;
import io.tfcluster.examples.common.LocalCluster;
import io.tfcluster.training.EpochResult;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Learns to tell spam from other text messages: the command line of the example, started by {@code bin/textclassifier} or spark-submit.
 *
 * <p>Exit codes: 0 done, 1 failed, 2 the arguments are wrong.
 */
@Command(
        name = "textclassifier",
        mixinStandardHelpOptions = true,
        description = "Learns to tell spam from other text messages, in a pipeline of Spark ML.",
        footer = {
            "",
            "The data are lines of a kind, ham or spam, a tab, and a text: the SMS Spam",
            "Collection of Almeida, Gomez Hidalgo and Yamakami, for one, which the UCI Machine",
            "Learning Repository has under \"SMS Spam Collection\"."
        })
public final class TextClassifier implements Callable<Integer> {
    /** Where the data lie beside a checkout of ours, if they do. */
    private static final Path USUAL = Path.of("../shared/data/text/sms_spam/SMSSpamCollection");

    @Spec
    @Nullable
    CommandSpec spec;

    @Option(names = "--data", paramLabel = "FILE", description = "The messages (default " + "${DEFAULT-VALUE}).")
    Path data = USUAL;

    @Option(
            names = "--master",
            paramLabel = "URL",
            description = "Spark master. Default: what spark-submit says, else local[N] with a thread for each core,"
                    + " 2 at least.")
    @Nullable
    String master;

    @Option(names = "--workers", paramLabel = "N", description = "Processes that learn (default ${DEFAULT-VALUE}).")
    int workers = 2;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            description = "Times every message is learned (default ${DEFAULT-VALUE}).")
    int epochs = 12;

    @Option(
            names = "--model-dir",
            paramLabel = "DIR",
            description = "Saves the fitted pipeline there, in place of what is there.")
    @Nullable
    String modelDir;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Seed of first values and dropout (default ${DEFAULT-VALUE}).")
    long seed = 1;

    /** Made by picocli. */
    public TextClassifier() {}

    /**
     * Runs the command and ends this JVM.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        System.exit(run(args, new PrintWriter(System.out, true, UTF_8), new PrintWriter(System.err, true, UTF_8)));
    }

    static int run(String[] args, PrintWriter out, PrintWriter err) {
        return Commands.run("textclassifier", new TextClassifier(), args, out, err);
    }

    @Override
    public Integer call() throws IOException {
        check();
        PrintWriter out = command().getOut();
        long start = System.nanoTime();
        try (LocalCluster cluster = start()) {
            learn(cluster.spark(), out);
        }
        out.printf(Locale.ROOT, "Done in %d s.%n", TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start));
        return CommandLine.ExitCode.OK;
    }

    private CommandLine command() {
        return spec == null ? new CommandLine(this) : spec.commandLine();
    }

    private void check() {
        if (!Files.isRegularFile(data)) {
            throw new ParameterException(
                    command(),
                    "there is no file " + data
                            + "; give the SMS Spam Collection, or other lines of ham or spam, a tab and a text, with --data FILE");
        }
        if (workers < 1 || epochs < 1) {
            throw new ParameterException(
                    command(), "--workers and --epochs must be 1 or more, got " + workers + " and " + epochs);
        }
    }

    private LocalCluster start() {
        int threads = Math.max(workers, Math.max(2, Runtime.getRuntime().availableProcessors()));
        return LocalCluster.inThisJvm("textclassifier", master, threads, Map.of("spark.sql.shuffle.partitions", "4"));
    }

    private void learn(SparkSession spark, PrintWriter out) throws IOException {
        Dataset<Row> messages =
                Messages.read(spark, data.toUri().toString()).repartition(4).cache();
        Dataset<Row> known = messages.filter("not held");
        Dataset<Row> held = messages.filter("held");
        out.printf(
                Locale.ROOT,
                "%,d messages, %,d of them spam; %,d are held out for the test%n",
                messages.count(),
                messages.filter("kind = 'spam'").count(),
                held.count());
        TFEstimator estimator = new TFEstimator()
                .setClusterSize(workers)
                .setEpochs(epochs)
                .setBatchSize(64)
                .setLearningRate(0.003)
                .setIntraOpThreads(1)
                .setSeed(seed);
        out.printf(Locale.ROOT, "Learning with %d %s%n", workers, workers == 1 ? "process" : "processes");
        PipelineModel model = Messages.pipeline(estimator).fit(known);
        TFModel network = (TFModel) model.stages()[model.stages().length - 1];
        for (EpochResult epoch : network.summary().epochs()) {
            out.printf(
                    Locale.ROOT,
                    "  epoch %2d of %d   loss %.4f   accuracy %.2f%%%n",
                    epoch.epoch() + 1,
                    epochs,
                    epoch.loss(),
                    100 * epoch.metrics().getOrDefault("accuracy", Double.NaN));
        }
        Dataset<Row> answers = model.transform(held).cache();
        out.println();
        Verdicts.of(answers).lines().forEach(out::println);
        out.println();
        show(answers, out);
        if (modelDir != null) {
            model.write().overwrite().save(modelDir);
            out.println("Pipeline: " + modelDir);
        }
    }

    private static void show(Dataset<Row> answers, PrintWriter out) {
        for (Row row : answers.filter("class != prediction")
                .selectExpr("kind", "substring(regexp_replace(text, '\\\\s+', ' '), 1, 62) as text")
                .orderBy("kind", "text")
                .limit(5)
                .collectAsList()) {
            out.printf(Locale.ROOT, "misjudged %-4s  %s%n", row.getString(0), row.getString(1));
        }
    }
}
