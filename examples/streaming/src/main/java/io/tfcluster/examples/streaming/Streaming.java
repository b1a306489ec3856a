package io.tfcluster.examples.streaming;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tfcluster.examples.common.Commands;
import io.tfcluster.examples.common.ExampleException;
import io.tfcluster.examples.common.LocalCluster;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.ForeachWriter;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.Trigger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Answers the messages of a Kafka topic with a model: the command line of the example, started by {@code bin/streaming} or spark-submit.
 *
 * <p>Exit codes: 0 done, 1 failed, 2 the arguments are wrong.
 */
@Command(
        name = "streaming",
        mixinStandardHelpOptions = true,
        subcommands = {ServeKafkaCommand.class, FilmCommand.class},
        description = "Answers the messages of a Kafka topic with a TensorFlow model, each once, until it is stopped.",
        footer = {
            "",
            "For trying: bin/streaming serve-kafka --topics in,out starts a Kafka on this host.",
            "bin/streaming film --help: the same models over films.",
            "Readers of the answers must set isolation.level=read_committed."
        })
public final class Streaming implements Callable<Integer> {
    private static final long PROGRESS_SECONDS = 10;

    @Spec
    @Nullable
    CommandSpec spec;

    @Mixin
    ModelOptions model = new ModelOptions();

    @Option(names = "--kafka", paramLabel = "HOST:PORT", description = "Addresses of Kafka, with commas between them.")
    @Nullable
    String kafka;

    @Option(names = "--from", paramLabel = "TOPIC", description = "Topic of the messages.")
    @Nullable
    String from;

    @Option(names = "--to", paramLabel = "TOPIC", description = "Topic of the answers, in the same Kafka.")
    @Nullable
    String to;

    @Option(
            names = "--to-mongo",
            paramLabel = "URI",
            description = "In place of --to: mongodb://host:27017/database.collection.")
    @Nullable
    String mongo;

    @Option(
            names = "--checkpoint",
            paramLabel = "DIR",
            description = "Where Spark notes what was done, on any Hadoop file system; the same after each start.")
    @Nullable
    String checkpoint;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "Name of the query in Kafka, which remembers under it what was answered; the same after each"
                    + " start. Default: of the two topics.")
    @Nullable
    String name;

    @Option(
            names = "--most-per-batch",
            paramLabel = "N",
            description = "Most messages in one micro-batch (default ${DEFAULT-VALUE}).")
    long mostPerBatch = 5_000;

    @Option(
            names = "--patience",
            paramLabel = "SECONDS",
            description = "How long Kafka may be silent before the query ends (default ${DEFAULT-VALUE}).")
    int patience = 15;

    @Option(names = "--all-there", description = "End when the messages that are there are answered.")
    boolean allThere;

    @Option(
            names = "--master",
            paramLabel = "URL",
            description = "Spark master. Default: what spark-submit says, else local[N] with a thread for each core,"
                    + " 2 at least.")
    @Nullable
    String master;

    /** Made by picocli. */
    public Streaming() {}

    /**
     * Runs the command and ends this JVM.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        System.exit(run(args, new PrintWriter(System.out, true, UTF_8), new PrintWriter(System.err, true, UTF_8)));
    }

    static int run(String[] args, PrintWriter out, PrintWriter err) {
        return Commands.run("streaming", new Streaming(), args, out, err);
    }

    @Override
    public Integer call() throws InterruptedException {
        if (spec == null) {
            throw new IllegalStateException("picocli gives the spec");
        }
        PrintWriter out = spec.commandLine().getOut();
        String topic = given(from, "--from, the topic of the messages");
        String place = given(checkpoint, "--checkpoint, a folder that stays");
        Brokers brokers = new Brokers(given(kafka, "--kafka, such as 127.0.0.1:9092"), patience);
        if ((to == null) == (mongo == null)) {
            throw new ParameterException(spec.commandLine(), "give --to or --to-mongo");
        }
        if (patience < 1 || mostPerBatch < 1) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--patience and --most-per-batch must be 1 or more, got " + patience + " and " + mostPerBatch);
        }
        String wrong = model.wrong();
        if (wrong != null) {
            throw new ParameterException(spec.commandLine(), wrong);
        }
        brokers.check(to == null ? List.of(topic) : List.of(topic, to));
        try (LocalCluster cluster = start(master)) {
            Dataset<Row> answers = model.answers(Answers.messages(cluster.spark(), brokers, topic, mostPerBatch));
            StreamingQuery query = answers.writeStream()
                    .foreach(sink(brokers, topic))
                    .option("checkpointLocation", place)
                    .trigger(allThere ? Trigger.AvailableNow() : Trigger.ProcessingTime(0))
                    .start();
            out.println("Answering " + topic + " to " + (to == null ? "MongoDB" : to) + "; end with Ctrl-C.");
            watch(query, out);
        } catch (TimeoutException e) {
            throw new ExampleException("Spark did not start the query: " + e.getMessage(), e);
        } catch (StreamingQueryException e) {
            throw cause(brokers, e);
        }
        return CommandLine.ExitCode.OK;
    }

    private String given(@Nullable String value, String what) {
        if (value == null || value.isBlank()) {
            throw new ParameterException(spec == null ? new CommandLine(this) : spec.commandLine(), "give " + what);
        }
        return value;
    }

    private ForeachWriter<Row> sink(Brokers brokers, String topic) {
        if (mongo != null) {
            return new MongoAnswers(mongo);
        }
        String answers = given(to, "--to");
        String own = name == null ? "tfcluster-" + topic + "-" + answers : name;
        return new KafkaAnswers(new AnswerProducer.Target(brokers, answers, own));
    }

    private static void watch(StreamingQuery query, PrintWriter out) throws StreamingQueryException {
        long answered = 0;
        long batch = -1;
        boolean ended = false;
        while (!ended) {
            ended = query.awaitTermination(TimeUnit.SECONDS.toMillis(PROGRESS_SECONDS));
            long before = answered;
            for (var progress : query.recentProgress()) {
                if (progress.batchId() > batch) {
                    batch = progress.batchId();
                    answered += progress.numInputRows();
                }
            }
            if (answered > before || ended) {
                out.printf("%,d messages answered%n", answered);
                out.flush();
            }
        }
    }

    /** Takes what a person can act on out of Spark's wrappings. */
    private static ExampleException cause(Brokers brokers, StreamingQueryException e) {
        for (Throwable each = e; each != null; each = each.getCause()) {
            if (each instanceof ExampleException ours) {
                return ours;
            }
            if (each instanceof org.apache.kafka.common.errors.TimeoutException
                    || each instanceof TimeoutException
                    || each instanceof org.apache.kafka.common.errors.DisconnectException) {
                return brokers.gone((Exception) each);
            }
        }
        return new ExampleException("the query has ended: " + e.getMessage(), e);
    }

    static LocalCluster start(@Nullable String master) {
        int threads = Math.max(2, Runtime.getRuntime().availableProcessors());
        return LocalCluster.inThisJvm(
                "streaming", master, threads, Map.of("spark.sql.streaming.numRecentProgressUpdates", "1000"));
    }
}
