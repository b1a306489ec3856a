package io.tfcluster.benchmarks;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;

/** The command line of all benchmarks: {@code NAME [--json FILE]}. */
public final class Benchmarks {
    private static final int WRONG_USAGE = 2;

    private Benchmarks() {}

    private static List<Benchmark> all() {
        return List.of(new ReservationBenchmark(10_000));
    }

    /** Runs the named benchmark; without a name, or with an unknown one, lists the names and exits with 2. */
    public static void main(String[] args) {
        int status = run(all(), List.of(args), System.out, System.err);
        System.out.flush();
        System.exit(status);
    }

    static int run(List<Benchmark> benchmarks, List<String> args, PrintStream out, PrintStream err) {
        boolean json = args.size() == 3 && args.get(1).equals("--json");
        if (args.size() != 1 && !json) {
            return usage(benchmarks, err);
        }
        for (Benchmark benchmark : benchmarks) {
            if (benchmark.name().equals(args.get(0))) {
                Report report = new Report(benchmark.run(err::println), Machine.here());
                out.print(report.table());
                if (json) {
                    report.writeJson(Path.of(args.get(2)));
                }
                return 0;
            }
        }
        err.println("there is no benchmark \"" + args.get(0) + "\"");
        return usage(benchmarks, err);
    }

    private static int usage(List<Benchmark> benchmarks, PrintStream err) {
        err.println("usage: bin/benchmark NAME [--json FILE]");
        for (Benchmark benchmark : benchmarks) {
            err.println("  " + benchmark.name() + "  " + benchmark.about());
        }
        return WRONG_USAGE;
    }
}
