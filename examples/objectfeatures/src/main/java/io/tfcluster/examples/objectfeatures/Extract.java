package io.tfcluster.examples.objectfeatures;

import io.tfcluster.examples.common.Console;
import io.tfcluster.examples.common.LocalCluster;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Finds, cuts out, computes and writes; does not do again what is written. */
@Command(sortOptions = false)
class Extract implements Callable<Integer> {

    @Spec
    @Nullable
    CommandSpec spec;

    @Mixin
    SourceOptions sources = new SourceOptions();

    @Mixin
    NetworkOptions networks = new NetworkOptions();

    @Mixin
    RunOptions run = new RunOptions();

    @Option(
            names = "--commit",
            paramLabel = "N",
            description = "Pictures that are written at a time; so many a killed run loses (default ${DEFAULT-VALUE}).")
    int batch = 1000;

    @Option(names = "--explain", description = "Tells how it would be done, and does nothing.")
    boolean explain;

    @Override
    public final Integer call() {
        run.check(this::wrong);
        if (batch < 1) {
            throw wrong("--commit must be 1 or more, got " + batch);
        }
        RunFile file = new RunFile(sources.spec(this::wrong), networks.networks(this::wrong));
        Console console = new Console(System.out);
        long start = System.nanoTime();
        try (LocalCluster cluster = run.spark()) {
            SparkSession spark = cluster.spark();
            Output output = Output.at(spark, run.outputPath());
            ObjectPipeline pipeline = run.pipeline(file.networks());
            ExtractJob job = new ExtractJob(spark, console, output, pipeline, batch);
            job.check();
            if (explain) {
                try (Pictures pictures = new Sources(spark, console).open(file.source(), sources.mongo, false)) {
                    new Plan(spark, file, run, batch).lines(pictures, pipeline).forEach(console::say);
                }
                return CommandLine.ExitCode.OK;
            }
            output.begin(file);
            console.say("Pictures: " + file.source().text());
            try (Pictures pictures = new Sources(spark, console).open(file.source(), sources.mongo, true)) {
                Tally tally = job.run(pictures);
                finish(console, output, pictures, tally);
            }
        }
        console.say(
                String.format(Locale.ROOT, "Done in %d s.", TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start)));
        return CommandLine.ExitCode.OK;
    }

    private void finish(Console console, Output output, Pictures pictures, Tally now) {
        Overview overview = Overview.of(output);
        console.say("");
        overview.lines().forEach(console::say);
        Page page = overview.page(output.text());
        page.write(run.page, Thumbnails.of(pictures, page.shown(), console));
        console.say("");
        console.say(String.format(Locale.ROOT, "This run: %,d written, %,d rejected", now.written(), now.rejected()));
        console.say("Output: " + output.text());
        console.say("Page: " + run.page.toAbsolutePath().normalize());
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec == null ? new CommandLine(this) : spec.commandLine(), message);
    }
}
