package io.tfcluster.tools;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tfcluster.CheckOptions;
import io.tfcluster.ClusterConfig;
import io.tfcluster.Diagnosis;
import io.tfcluster.FeedInput;
import io.tfcluster.InputMode;
import io.tfcluster.TFCluster;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.training.ModelFunction;
import io.tfcluster.training.Optimizer;
import io.tfcluster.training.TrainerConfig;
import io.tfcluster.transport.PortRange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.spark.network.util.JavaUtils;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Looks whether a cluster would run, prints a table, and says by the exit code whether something would fail. */
@Command(
        name = "doctor",
        description = {
            "Looks whether a cluster would run: slots, memory, class path, Java, temporary files, ports, folders, clocks,"
                    + " TensorFlow's natives, on the driver and every executor; MongoDB and a model where they are given."
                    + " Exit code 0: it would; 1: something would fail; 2: wrong arguments.",
            "Executors are given the class path of this program, for hosts that have it at the same place,"
                    + " unless spark-submit starts it or spark.executor.extraClassPath is set."
        })
final class DoctorCommand implements Callable<Integer> {
    @Spec
    @Nullable
    CommandSpec spec;

    @Option(
            names = "--master",
            paramLabel = "URL",
            description = "Spark's master (default: spark-submit's, or local[*]).")
    String master = "";

    @Option(names = "--nodes", paramLabel = "N", description = "Processes in all (default ${DEFAULT-VALUE}).")
    int nodes = 2;

    @Option(names = "--ps", paramLabel = "M", description = "Parameter servers among them (default ${DEFAULT-VALUE}).")
    int ps;

    @Option(names = "--conf", paramLabel = "KEY=VALUE", description = "A setting of Spark's; may be repeated.")
    Map<String, String> conf = new LinkedHashMap<>();

    @Option(names = "--node-memory", paramLabel = "SIZE", description = "Heap of a node (default ${DEFAULT-VALUE}).")
    String nodeMemory = "1g";

    @Option(names = "--node-ports", paramLabel = "RANGE", description = "Ports of nodes, as 9000-9099 (default: any).")
    String nodePorts = "0";

    @Option(names = "--server-host", paramLabel = "HOST", description = "Address of the driver's server.")
    String serverHost = "";

    @Option(names = "--server-ports", paramLabel = "RANGE", description = "Ports of the driver's server.")
    String serverPorts = "";

    @Option(
            names = "--path",
            paramLabel = "DIR",
            description = "Folder that driver and nodes share, for checkpoints and models; may be repeated.")
    List<String> paths = List.of();

    @Option(names = "--log-dir", paramLabel = "DIR", description = "Folder for event files.")
    String logDir = "";

    @Option(
            names = "--mongo",
            paramLabel = "URI",
            description = "MongoDB to reach from everywhere; the URI is never shown.")
    String mongo = "";

    @Option(
            names = "--feed",
            paramLabel = "COLUMNS",
            description = "Columns of the feed train, as x:float32[784],y:int64.")
    String feed = "";

    @Option(
            names = "--model",
            paramLabel = "CLASS",
            description =
                    "A ModelFunction with a constructor without arguments, to put one batch through; needs --feed.")
    String model = "";

    @Option(
            names = "--rows",
            paramLabel = "PATH",
            description = "Rows for the model, parquet, json, csv or tfrecord by the name's end (default: zeros).")
    String rows = "";

    @Option(names = "--batch-size", paramLabel = "ROWS", description = "Rows of the batch (default ${DEFAULT-VALUE}).")
    int batchSize = 32;

    @Option(names = "--model-size", paramLabel = "SIZE", description = "Bytes of the model's variables, as 500m.")
    String modelSize = "0";

    @Option(names = "--timeout", paramLabel = "SECONDS", description = "Limit of a wait (default ${DEFAULT-VALUE}).")
    int timeout = 180;

    @Option(names = "--json", paramLabel = "FILE", description = "Writes the findings there as well.")
    @Nullable
    Path json;

    @Override
    public Integer call() {
        CommandLine line = spec == null ? new CommandLine(this) : spec.commandLine();
        if (feed.isEmpty() && !model.isEmpty()) {
            throw new ParameterException(line, "--model needs --feed, the columns that it reads");
        }
        FeedSchema schema = feed.isEmpty() ? null : checked(line, () -> FeedColumns.parse(feed));
        ClusterConfig config = checked(line, () -> config(schema));
        CheckOptions options = checked(line, this::options);
        ModelFunction function = model.isEmpty() ? null : checked(line, () -> ModelClass.of(model));
        try (ToolSession session = ToolSession.start("tfcluster doctor", master, conf)) {
            SparkSession spark = session.spark();
            if (function != null && schema != null) {
                options = options.model(function, trainer(), input(spark, schema));
            }
            Diagnosis diagnosis = TFCluster.check(spark, config, options);
            line.getOut().println(diagnosis);
            if (json != null) {
                Files.writeString(json, diagnosis.toJson(), UTF_8);
            }
            return diagnosis.wouldFail() ? CommandLine.ExitCode.SOFTWARE : CommandLine.ExitCode.OK;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the findings to " + json + ": " + e.getMessage(), e);
        }
    }

    private interface Maker<T> {
        T make();
    }

    /** What the arguments do not fit is the caller's mistake, which has an exit code of its own. */
    private static <T> T checked(CommandLine line, Maker<T> maker) {
        try {
            return maker.make();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(line, String.valueOf(e.getMessage()), e);
        }
    }

    private ClusterConfig config(@Nullable FeedSchema schema) {
        ClusterConfig.Builder builder =
                ClusterConfig.builder(nodes).ps(ps).nodeMemory(nodeMemory).nodePorts(PortRange.parse(nodePorts));
        if (schema == null) {
            builder.inputMode(InputMode.TENSORFLOW);
        } else {
            builder.feed("train", schema);
        }
        if (!serverHost.isEmpty()) {
            builder.serverHost(serverHost);
        }
        if (!serverPorts.isEmpty()) {
            builder.serverPorts(PortRange.parse(serverPorts));
        }
        if (!logDir.isEmpty()) {
            builder.logDir(logDir);
        }
        return builder.build();
    }

    private CheckOptions options() {
        CheckOptions options = CheckOptions.none()
                .timeout(Duration.ofSeconds(timeout))
                .modelBytes(JavaUtils.byteStringAsBytes(modelSize));
        for (String path : paths) {
            options = options.path(path);
        }
        return mongo.isEmpty() ? options : options.everywhere("MongoDB", new MongoCheck(mongo), MongoCheck.ADVICE);
    }

    private TrainerConfig trainer() {
        return TrainerConfig.builder(Optimizer.adam(0.001)).batchSize(batchSize).build();
    }

    private FeedInput input(SparkSession spark, FeedSchema schema) {
        if (rows.isEmpty()) {
            return FeedColumns.zeros(spark, schema, batchSize);
        }
        String format = InputOptions.ending(rows, List.of("parquet", "json", "csv", "tfrecord"), "parquet");
        return FeedInput.of(spark.read()
                .option("header", "true")
                .option("inferSchema", "true")
                .format(format)
                .load(rows));
    }
}
