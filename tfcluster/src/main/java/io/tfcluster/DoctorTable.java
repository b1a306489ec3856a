package io.tfcluster;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Findings as text: level, places, and what was found with what to do, in 80 columns. */
final class DoctorTable {
    private static final int LEVEL = 10;
    private static final int WHERE = 16;
    private static final int FOUND = 50;
    private static final String GAP = "  ";

    /** More than so many places are counted, not listed. */
    private static final int MOST_PLACES = 4;

    private static final Pattern EXECUTOR = Pattern.compile("(.* executor) (\\S+)");

    /** What rows of the table have in common besides the place. */
    private record Same(Finding.Level level, String topic, String found, String advice) {}

    private DoctorTable() {}

    static String of(Diagnosis diagnosis) {
        Map<Same, List<String>> rows = new LinkedHashMap<>();
        for (Finding finding : diagnosis.findings()) {
            rows.computeIfAbsent(
                            new Same(finding.level(), finding.topic(), finding.found(), finding.advice()),
                            same -> new ArrayList<>())
                    .add(finding.where());
        }
        StringBuilder text = new StringBuilder();
        line(text, "level", "where", "what");
        line(text, "-".repeat(LEVEL), "-".repeat(WHERE), "-".repeat(FOUND));
        rows.forEach((same, places) -> row(text, same, places));
        line(text, "-".repeat(LEVEL), "-".repeat(WHERE), "-".repeat(FOUND));
        return text.append(String.format(
                        Locale.ROOT,
                        "%d would fail, %d to be warned of, %d ok",
                        diagnosis.count(Finding.Level.WOULD_FAIL),
                        diagnosis.count(Finding.Level.WARNING),
                        diagnosis.count(Finding.Level.OK)))
                .toString();
    }

    private static void row(StringBuilder text, Same same, List<String> places) {
        List<String> where = new ArrayList<>();
        if (places.size() > MOST_PLACES) {
            where.addAll(wrapped(places.get(0) + " and " + (places.size() - 1) + " more", WHERE));
        } else {
            byHost(places).forEach(place -> where.addAll(wrapped(place, WHERE)));
        }
        List<String> what = new ArrayList<>(wrapped(same.topic() + ": " + same.found(), FOUND));
        if (!same.advice().isEmpty()) {
            List<String> advice = wrapped(same.advice(), FOUND - 3);
            for (int i = 0; i < advice.size(); i++) {
                what.add((i == 0 ? "-> " : "   ") + advice.get(i));
            }
        }
        for (int i = 0; i < Math.max(where.size(), what.size()); i++) {
            line(text, i == 0 ? same.level().toString() : "", cell(where, i), cell(what, i));
        }
    }

    /** Names the host of several executors once: {@code host-1 executor 0, 3}. */
    private static List<String> byHost(List<String> places) {
        Map<String, List<String>> executors = new LinkedHashMap<>();
        for (String place : places) {
            Matcher matcher = EXECUTOR.matcher(place);
            if (matcher.matches()) {
                executors
                        .computeIfAbsent(matcher.group(1), host -> new ArrayList<>())
                        .add(matcher.group(2));
            } else {
                executors.put(place, List.of());
            }
        }
        return executors.entrySet().stream()
                .map(entry -> (entry.getKey() + " " + String.join(", ", entry.getValue())).strip())
                .toList();
    }

    private static String cell(List<String> lines, int index) {
        return index < lines.size() ? lines.get(index) : "";
    }

    private static void line(StringBuilder text, String level, String where, String what) {
        String line = pad(level, LEVEL) + GAP + pad(where, WHERE) + GAP + what;
        text.append(line.stripTrailing()).append('\n');
    }

    private static String pad(String cell, int width) {
        return cell + " ".repeat(Math.max(0, width - cell.length()));
    }

    /** Breaks a text at its spaces, and a word that is longer than a line wherever the line ends. */
    static List<String> wrapped(String text, int width) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.strip().split("\\s+", -1)) {
            String rest = word;
            if (line.length() + 1 + rest.length() > width && !line.isEmpty()) {
                lines.add(line.toString());
                line.setLength(0);
            }
            while (rest.length() > width) {
                lines.add(rest.substring(0, width));
                rest = rest.substring(width);
            }
            line.append(line.isEmpty() ? "" : " ").append(rest);
        }
        lines.add(line.toString());
        return lines;
    }
}
