package io.tfcluster.benchmarks;

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
import org.jspecify.annotations.Nullable;

/** Measurements as a table for people, at most 80 columns wide, and as JSON for programs. */
record Report(List<Measurement> measurements, Machine machine) {
    String table() {
        StringBuilder text = new StringBuilder();
        text.append(line("measured", "value", "unit", "limit", "ratio"));
        text.append("-".repeat(79)).append('\n');
        for (Measurement m : measurements) {
            text.append(line(m.name(), number(m.value()), m.unit(), number(m.limit()), number(m.ratio())));
        }
        text.append("ratio = value / limit; the limit was measured in the same run\n");
        targets(text);
        machine.hardware().forEach((key, value) -> text.append(fact(key, value)));
        machine.versions().forEach((key, value) -> text.append(fact(key, value)));
        return text.toString();
    }

    private void targets(StringBuilder text) {
        if (measurements.stream().allMatch(m -> m.target() == null)) {
            return;
        }
        text.append("targets\n");
        for (Measurement m : measurements) {
            if (m.target() != null) {
                text.append(String.format(
                        Locale.ROOT,
                        "  %-6s %-36s %s%n",
                        m.isMet() ? "met" : "MISSED",
                        m.name(),
                        m.target().text(m.unit())));
            }
        }
    }

    private static String line(String name, String value, String unit, String limit, String ratio) {
        String text = String.format(Locale.ROOT, "%-38s %10s %-8s %10s %8s", name, value, unit, limit, ratio);
        return text.stripTrailing() + "\n";
    }

    private static String fact(String key, Object value) {
        String text = "  " + key + ": " + value;
        return (text.length() > 80 ? text.substring(0, 79) + "…" : text) + "\n";
    }

    private static String number(@Nullable Double value) {
        if (value == null) {
            return "-";
        }
        if (value == Math.rint(value) && Math.abs(value) < 1e9) {
            return String.format(Locale.ROOT, "%.0f", value);
        }
        return String.format(Locale.ROOT, Math.abs(value) >= 100 ? "%.1f" : "%.3f", value);
    }

    /** Writes a list of objects: the fields of a measurement, target and met where there is a target, then machine and versions. */
    void writeJson(Path file) {
        List<Map<String, @Nullable Object>> list = new ArrayList<>();
        for (Measurement m : measurements) {
            Map<String, @Nullable Object> one = new LinkedHashMap<>();
            one.put("name", m.name());
            one.put("value", m.value());
            one.put("unit", m.unit());
            one.put("limit", m.limit());
            one.put("ratio", m.ratio());
            if (m.target() != null) {
                one.put("target", m.target().text(m.unit()));
                one.put("met", m.isMet());
            }
            one.put("machine", machine.hardware());
            one.put("versions", machine.versions());
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
