package io.tfcluster.killmatrix;

import io.tfcluster.tests.harness.LocalSpark;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** The command line: {@code bin/killmatrix [--network] [--only PATTERN] [--json FILE] [--list]}. */
public final class KillMatrix {
    private static final int WRONG = 1;
    private static final int WRONG_USAGE = 2;
    private static final String USAGE = """
            usage: bin/killmatrix [--network] [--only PATTERN] [--json FILE] [--list]
              --network       hosts of network namespaces instead of processes of this one
              --only PATTERN  the cases in whose name this regular expression is found
              --json FILE     writes the matrix as a list of objects
              --list          lists the cases and what must come of them""";

    private KillMatrix() {}

    private record Options(Pattern only, @Nullable Path json, boolean list, boolean network) {
        static Options of(List<String> words) {
            Pattern only = Pattern.compile("");
            Path json = null;
            boolean list = false;
            boolean network = false;
            for (Iterator<String> i = words.iterator(); i.hasNext(); ) {
                String word = i.next();
                switch (word) {
                    case "--list" -> list = true;
                    case "--network" -> network = true;
                    case "--only" -> only = Pattern.compile(value(word, i));
                    case "--json" -> json = Path.of(value(word, i));
                    default -> throw new IllegalArgumentException("unknown option " + word);
                }
            }
            return new Options(only, json, list, network);
        }

        private static String value(String option, Iterator<String> words) {
            if (!words.hasNext()) {
                throw new IllegalArgumentException(option + " needs a value");
            }
            return words.next();
        }
    }

    /** Exits with 1 if a case went wrong, with 2 if the command line is. */
    public static void main(String[] args) {
        Options options;
        try {
            options = Options.of(List.of(args));
        } catch (PatternSyntaxException e) {
            System.err.println("--only wants a regular expression: " + e.getMessage());
            System.exit(WRONG_USAGE);
            return;
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + "\n" + USAGE);
            System.exit(WRONG_USAGE);
            return;
        }
        List<Case> cases = (options.network() ? Cases.network() : Cases.all())
                .stream()
                        .filter(each -> options.only().matcher(each.id()).find())
                        .toList();
        if (cases.isEmpty()) {
            System.err.println("no case is like \"" + options.only() + "\"; --list lists them");
            System.exit(WRONG_USAGE);
        }
        if (options.list()) {
            cases.forEach(each -> System.out.println(each.id() + ": " + each.expected()));
            return;
        }
        List<Result> results = options.network() ? runOnHosts(cases) : run(cases);
        if (options.json() != null) {
            MatrixTable.writeJson(options.json(), results);
        }
        System.out.flush();
        System.exit(results.stream().allMatch(Result::isGood) ? 0 : WRONG);
    }

    /** Runs cases one after the other, and says of each at once what came of it. */
    static List<Result> run(List<Case> cases) {
        long started = System.nanoTime();
        List<Result> results = new ArrayList<>();
        System.out.print(MatrixTable.header());
        try (Sparks sparks = new Sparks()) {
            for (Case each : cases) {
                if (each.how() == How.DISK_FULL && SmallDisk.find().isEmpty()) {
                    System.out.println("  skipped: " + each.id() + ": this system lets nobody mount a small disk");
                    continue;
                }
                Result result = run(each, sparks.get());
                results.add(result);
                System.out.print(MatrixTable.row(result));
                System.out.flush();
            }
        }
        System.out.print(MatrixTable.summary(results, (System.nanoTime() - started) / 60e9));
        return results;
    }

    /** As {@link #run}, on three hosts; where they cannot be made it says why, and runs none. */
    static List<Result> runOnHosts(List<Case> cases) {
        long started = System.nanoTime();
        List<Result> results = new ArrayList<>();
        try (Hosts hosts = Hosts.make(3)) {
            System.out.print(MatrixTable.header());
            for (Case each : cases) {
                Result result;
                try {
                    result = new NetworkCase(each, hosts).run();
                } catch (RuntimeException e) { // the other cases are worth having
                    result = failed(each, e);
                }
                results.add(result);
                System.out.print(MatrixTable.row(result));
                System.out.flush();
            }
        } catch (IOException e) {
            System.out.println("skipped: no hosts can be made here: " + e.getMessage());
        }
        System.out.print(MatrixTable.summary(results, (System.nanoTime() - started) / 60e9));
        return results;
    }

    private static Result failed(Case of, RuntimeException e) {
        e.printStackTrace();
        return new Result(of, String.format(Locale.ROOT, "the matrix itself failed: %s", e), 0, "", List.of());
    }

    private static Result run(Case of, LocalSpark spark) {
        try {
            if (of.who() == Who.DRIVER) {
                return new DriverCase(of, spark).run();
            }
            if (of.who() == Who.MONGODB) {
                try (Folder folder = Folder.make();
                        MongoScene mongo = MongoScene.start(spark.session(), folder.path())) {
                    return new SharedCase(of, spark).run(mongo);
                }
            }
            return new SharedCase(of, spark).run(null);
        } catch (RuntimeException e) { // the other cases are worth having
            return failed(of, e);
        }
    }
}
