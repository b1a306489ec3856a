package io.tfcluster.benchmarks;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** The command line of all benchmarks: {@code NAME [--json FILE] [--plot FILE] [--gb N] [--quick]}. */
public final class Benchmarks {
    private static final int WRONG_USAGE = 2;
    private static final int FAILED = 1;

    private Benchmarks() {}

    private static List<Benchmark> all(Settings settings) {
        LocalSpark spark = new LocalSpark();
        LocalSpark two = new LocalSpark(2);
        LocalSpark cores = LocalSpark.withCores(Runtime.getRuntime().availableProcessors());
        return List.of(
                new ReservationBenchmark(settings.quick() ? 500 : 10_000),
                new LoadBenchmark(LoadServer.Kind.HEARTBEATS, settings),
                new LoadBenchmark(LoadServer.Kind.DRIVER, settings),
                new StartupBenchmark(settings, two),
                new SoakBenchmark(settings, two),
                new EncodeBenchmark(settings.quick() ? 100 : 1),
                new FeedRateBenchmark(FeedKind.IMAGES, BareSocket.Way.UNIX, settings, spark),
                new FeedRateBenchmark(FeedKind.JPEG, BareSocket.Way.UNIX, settings, spark),
                new FeedRateBenchmark(FeedKind.FLOATS784, BareSocket.Way.UNIX, settings, spark),
                new FeedRateBenchmark(FeedKind.SMALL, BareSocket.Way.UNIX, settings, spark),
                new FeedRateBenchmark(FeedKind.IMAGES, BareSocket.Way.TCP, settings, spark),
                new FeedTrainingBenchmark(settings, spark),
                new FeedMemoryBenchmark(settings, spark),
                new TransformSmallBenchmark(settings, spark),
                new TransformImagesBenchmark(settings, spark),
                new TransformVsDjlBenchmark(),
                new PipelineImagesBenchmark(settings, cores),
                new PipelineUntiedBenchmark(settings, LocalSpark.withCores(1)),
                new PipelineMemoryBenchmark(
                        settings, LocalSpark.withWholeHeap(Runtime.getRuntime().availableProcessors())),
                new AllReduceBenchmark("1mb", 1_000_000, settings),
                new AllReduceBenchmark("10mb", 10_000_000, settings),
                new AllReduceBenchmark("100mb", 100_000_000, settings),
                new LatencyBenchmark(settings),
                new CollectivesBenchmark(settings),
                new ScalingTwoBenchmark(settings),
                new OverlapBenchmark(settings),
                new ScalingBenchmark(settings));
    }

    /**
     * Runs the named benchmark, or all of the group, or all whose names begin with it and a dot. Without a name, or with an unknown one, lists the names and
     * exits with 2; if one of them fails, exits with 1 after the others. A missed target is a result, not a failure.
     */
    public static void main(String[] args) {
        int status = run(Benchmarks::all, List.of(args), System.out, System.err);
        System.out.flush();
        System.exit(status);
    }

    static int run(
            Function<Settings, List<Benchmark>> benchmarks, List<String> args, PrintStream out, PrintStream err) {
        Settings settings;
        try {
            settings = Settings.of(args.isEmpty() ? args : args.subList(1, args.size()));
        } catch (IllegalArgumentException e) {
            err.println(e.getMessage());
            return usage(benchmarks.apply(Settings.DEFAULTS), err);
        }
        List<Benchmark> all = benchmarks.apply(settings);
        if (args.isEmpty()) {
            return usage(all, err);
        }
        String name = args.get(0);
        List<Benchmark> wanted = all.stream()
                .filter(each -> each.name().equals(name)
                        || each.name().startsWith(name + ".")
                        || each.group().equals(name))
                .toList();
        if (wanted.isEmpty()) {
            err.println("there is no benchmark \"" + name + "\"");
            return usage(all, err);
        }
        return run(wanted, settings, out, err);
    }

    /** What the others measured is worth having when one fails. */
    private static int run(List<Benchmark> wanted, Settings settings, PrintStream out, PrintStream err) {
        List<Measurement> measured = new ArrayList<>();
        int status = 0;
        try {
            for (Benchmark benchmark : wanted) {
                try {
                    measured.addAll(benchmark.run(err::println));
                } catch (RuntimeException e) {
                    err.println(benchmark.name() + " failed: " + e.getMessage());
                    e.printStackTrace(err);
                    status = FAILED;
                }
            }
        } finally {
            wanted.forEach(Benchmark::close);
        }
        if (!measured.isEmpty()) {
            Report report = new Report(measured, Machine.here());
            out.print(report.table());
            if (settings.quick()) {
                out.println("a quick run: it shows that the benchmarks work, its figures mean nothing");
            }
            if (settings.json() != null) {
                report.writeJson(settings.json());
            }
        }
        return status;
    }

    private static int usage(List<Benchmark> benchmarks, PrintStream err) {
        err.println("usage: bin/benchmark NAME [--json FILE] [--plot FILE] [--gb N] [--quick]");
        for (Benchmark benchmark : benchmarks) {
            err.printf("  %-22s %s%n", benchmark.name(), benchmark.about());
        }
        err.println("a name before a dot runs all that begin with it, \"training\" also allreduce and scaling; "
                + "--quick only shows that they work");
        return WRONG_USAGE;
    }
}
