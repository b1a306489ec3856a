package io.tfcluster.examples.streaming;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.struct;

import io.tfcluster.estimator.video.SecondLabels;
import io.tfcluster.estimator.video.VideoFrames;
import io.tfcluster.examples.common.ExampleException;
import io.tfcluster.examples.common.LocalCluster;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code bin/streaming film}: what a classifier sees in films, second by second. */
@Command(
        name = "film",
        mixinStandardHelpOptions = true,
        description = "Says what a classifier sees in films, second by second.",
        footer = {
            "",
            "With ImageNet's classes, for one:",
            "bin/streaming film --graph frozen_graph.pb --labels imagenet_labels_1001.txt",
            "  --pictures 224,-1,1 --input pixels=input",
            "  --output MobilenetV2/Predictions/Softmax=scores films/*.mp4"
        })
final class FilmCommand implements Callable<Integer> {
    @Spec
    @Nullable
    CommandSpec spec;

    @Mixin
    ModelOptions model = new ModelOptions();

    @Parameters(
            arity = "1..*",
            paramLabel = "FILM",
            description = "Files, folders of them, or patterns, on any Hadoop file system.")
    List<String> films = List.of();

    @Option(
            names = "--per-second",
            paramLabel = "N",
            description = "Frames that the model is asked for in a second (default ${DEFAULT-VALUE}).")
    double perSecond = 2;

    @Option(
            names = "--smooth",
            paramLabel = "N",
            description = "Seconds before and behind that vote on a second's label, too (default ${DEFAULT-VALUE}).")
    int smooth = 1;

    @Option(names = "--master", paramLabel = "URL", description = "Spark master, as without a command.")
    @Nullable
    String master;

    /** Made by picocli. */
    FilmCommand() {}

    @Override
    public Integer call() {
        if (spec == null) {
            throw new IllegalStateException("picocli gives the spec");
        }
        String wrong = model.wrong();
        if (wrong == null && (model.pictures == null || model.labels == null)) {
            wrong = "films want --pictures and --labels";
        }
        if (wrong != null) {
            throw new ParameterException(spec.commandLine(), wrong);
        }
        PrintWriter out = spec.commandLine().getOut();
        try (LocalCluster cluster = Streaming.start(master)) {
            Dataset<Row> frames = frames(cluster.spark()).cache();
            for (Row broken : frames.filter(col(VideoFrames.ERROR).isNotNull()).collectAsList()) {
                out.println("not read: " + broken.getString(broken.fieldIndex(VideoFrames.ERROR)));
            }
            Dataset<Row> labelled = model.labelled(frames.filter(
                            col(VideoFrames.ERROR).isNull())
                    .select(
                            struct(col(VideoFrames.PATH), col(VideoFrames.TIME)).as("_message"),
                            col(VideoFrames.IMAGE).as("_value")));
            show(SecondLabels.of(labelled, Answers.LABEL, smooth).orderBy(VideoFrames.PATH, "second"), out);
        }
        return 0;
    }

    private Dataset<Row> frames(SparkSession spark) {
        try {
            return VideoFrames.of(spark)
                    .perSecond(perSecond)
                    .jpeg(95)
                    .keepGoing()
                    .load(films.toArray(new String[0]));
        } catch (IllegalStateException e) { // there is no ffmpeg
            throw new ExampleException(String.valueOf(e.getMessage()), e);
        }
    }

    private static void show(Dataset<Row> seconds, PrintWriter out) {
        String path = "";
        for (Row row : seconds.collectAsList()) {
            if (!row.getString(0).equals(path)) {
                path = row.getString(0);
                out.println(path);
            }
            out.printf(
                    Locale.ROOT,
                    "  %4d s  %-40.40s %3.0f%%%n",
                    row.getLong(1),
                    row.getString(2),
                    100 * row.getDouble(3));
        }
    }
}
