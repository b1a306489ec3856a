package io.tfcluster.benchmarks.fuzz;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The command line: {@code [--frames N] [--only NAME] [--json FILE]}. */
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
        Map<String, Supplier<Victim>> victims = victims();
        try {
            for (Iterator<String> i = args.iterator(); i.hasNext(); ) {
                String word = i.next();
                switch (word) {
                    case "--frames" -> frames = number(value(word, i));
                    case "--only" -> victims.keySet().retainAll(Set.of(known(value(word, i))));
                    case "--json" -> json = Path.of(value(word, i));
                    default -> throw new IllegalArgumentException("unknown option " + word);
                }
            }
        } catch (IllegalArgumentException e) {
            err.println(e.getMessage());
            err.println(
                    "usage: bin/fuzz [--frames N] [--only SOCKET] [--json FILE]; N hostile frames for each socket, default "
                            + FRAMES);
            return WRONG_USAGE;
        }
        return run(victims.values(), frames, json, out, err);
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

    private static Map<String, Supplier<Victim>> victims() {
        Map<String, Supplier<Victim>> victims = new LinkedHashMap<>();
        victims.put("control", ControlVictim::start);
        victims.put("control.tls", ControlVictim::overTls);
        victims.put("feed.unix", FeedVictim::overUnix);
        victims.put("feed.tcp", FeedVictim::overTcp);
        victims.put("feed.tls", FeedVictim::overTls);
        victims.put("ring", RingVictim::start);
        victims.put("ring.tls", RingVictim::overTls);
        return victims;
    }

    private static String known(String name) {
        if (!victims().containsKey(name)) {
            throw new IllegalArgumentException(
                    "--only must be one of " + String.join(", ", victims().keySet()) + ", got \"" + name + "\"");
        }
        return name;
    }

    private static int run(
            Collection<Supplier<Victim>> victims, long frames, @Nullable Path json, PrintStream out, PrintStream err) {
        List<FuzzResult> results = new ArrayList<>();
        for (Supplier<Victim> victim : victims) {
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
