package io.tfcluster.benchmarks.fuzz;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The command line: {@code [--frames N] [--json FILE]}. */
public final class FuzzMain {
    static final int WRONG_USAGE = 2;
    static final int FAULTS = 1;

    private static final long FRAMES = 1_000_000;

    private FuzzMain() {}

    /** Fuzzes each socket in turn; exits with 1 if there was a fault. */
    public static void main(String[] args) {
        int status = run(List.of(args), System.out, System.err);
        System.out.flush();
        System.exit(status);
    }

    static int run(List<String> args, PrintStream out, PrintStream err) {
        long frames = FRAMES;
        Path json = null;
        try {
            for (Iterator<String> i = args.iterator(); i.hasNext(); ) {
                String word = i.next();
                switch (word) {
                    case "--frames" -> frames = number(value(word, i));
                    case "--json" -> json = Path.of(value(word, i));
                    default -> throw new IllegalArgumentException("unknown option " + word);
                }
            }
        } catch (IllegalArgumentException e) {
            err.println(e.getMessage());
            err.println(
                    "usage: bin/fuzz [--frames N] [--json FILE]; N hostile frames for each socket, default " + FRAMES);
            return WRONG_USAGE;
        }
        return run(frames, json, out, err);
    }

    private static String value(String option, Iterator<String> words) {
        if (!words.hasNext()) {
            throw new IllegalArgumentException(option + " needs a value");
        }
        return words.next();
    }

    private static long number(String text) {
        if (!text.matches("[1-9][0-9]{0,11}")) {
            throw new IllegalArgumentException("--frames must be a number of 1 or more, got \"" + text + "\"");
        }
        return Long.parseLong(text);
    }

    private static int run(long frames, @Nullable Path json, PrintStream out, PrintStream err) {
        List<FuzzResult> results = new ArrayList<>();
        for (Supplier<Victim> victim : List.<Supplier<Victim>>of(
                ControlVictim::start, FeedVictim::overUnix, FeedVictim::overTcp, RingVictim::start)) {
            FuzzResult result = Fuzzing.run(victim, frames, err::println);
            out.print(result.text());
            results.add(result);
        }
        if (json != null) {
            write(results, json);
        }
        return results.stream().allMatch(FuzzResult::isFine) ? 0 : FAULTS;
    }

    private static void write(List<FuzzResult> results, Path file) {
        try {
            Files.write(
                    file,
                    new ObjectMapper()
                            .enable(SerializationFeature.INDENT_OUTPUT)
                            .writeValueAsBytes(
                                    results.stream().map(FuzzResult::json).toList()));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("cannot write " + file + "; does its folder exist?", e);
        }
    }
}
