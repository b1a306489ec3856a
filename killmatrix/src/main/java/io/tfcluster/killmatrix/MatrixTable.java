package io.tfcluster.killmatrix;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The matrix for people, in 80 columns, and for programs. */
final class MatrixTable {
    static final int WIDTH = 80;

    private MatrixTable() {}

    static String header() {
        return row("who", "phase", "how", "outcome", "s", "left") + "-".repeat(WIDTH - 1) + "\n";
    }

    /** Returns a line for a case, and more for what is wrong. */
    static String row(Result result) {
        Case of = result.of();
        StringBuilder text = new StringBuilder(row(
                of.who().toString(),
                of.phase().toString(),
                how(of),
                outcome(result),
                String.format(Locale.ROOT, "%.1f", result.seconds()),
                Integer.toString(result.left().size())));
        if (!result.isGood()) {
            boolean untidy = result.outcome().equals(of.expected().toString());
            text.append(cut(
                    untidy
                            ? "  WRONG: something is left behind"
                            : "  WRONG: " + result.outcome() + ", but " + of.expected() + " was expected"));
            if (!result.firstCause().isEmpty()) {
                text.append(cut("    " + result.firstCause()));
            }
            result.left().forEach(line -> text.append(cut("    left: " + line)));
        }
        return text.toString();
    }

    private static String how(Case of) {
        return of.how() + (of.restarts() > 0 ? " +" : "");
    }

    private static String outcome(Result result) {
        if (!result.outcome().equals(result.of().expected().toString())) {
            return "WRONG";
        }
        return result.of().expected() == Expected.FAILED ? "failed, cause" : result.outcome();
    }

    private static String row(String who, String phase, String how, String outcome, String seconds, String left) {
        return String.format(Locale.ROOT, "%-9s  %-13s  %-26s  %-13s %5s %4s", who, phase, how, outcome, seconds, left)
                        .stripTrailing()
                + "\n";
    }

    private static String cut(String line) {
        return (line.length() > WIDTH ? line.substring(0, WIDTH - 1) + "…" : line) + "\n";
    }

    static String summary(List<Result> results, double minutes) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (Result result : results) {
            String outcome = result.isGood() ? result.outcome() : "wrong";
            counts.merge(outcome, 1, Integer::sum);
        }
        return String.format(
                Locale.ROOT,
                "%d cases in %.1f minutes: %s%n(+: the cluster may begin anew once)%n",
                results.size(),
                minutes,
                counts);
    }

    static void writeJson(Path file, List<Result> results) {
        List<Map<String, Object>> list = new ArrayList<>();
        for (Result result : results) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("who", result.of().who().toString());
            one.put("phase", result.of().phase().toString());
            one.put("how", result.of().how().toString());
            one.put("outcome", result.outcome());
            one.put("seconds", Math.round(result.seconds() * 1e3) / 1e3);
            one.put("firstCause", result.firstCause());
            one.put("left", result.left().size());
            one.put("maxRestarts", result.of().restarts());
            list.add(one);
        }
        try {
            Files.write(
                    file,
                    new ObjectMapper()
                            .enable(SerializationFeature.INDENT_OUTPUT)
                            .writeValueAsBytes(list));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file + "; does its folder exist?", e);
        }
    }
}
