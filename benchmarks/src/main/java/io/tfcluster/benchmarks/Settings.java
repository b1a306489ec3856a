package io.tfcluster.benchmarks;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the command line says besides the name.
 *
 * @param quick a run of seconds, to see that everything works; its figures mean nothing
 * @param gigabytes of rows in the memory run
 * @param json file for the figures, or null
 * @param plot file for the memory run's drawing, or null
 */
record Settings(
        boolean quick,
        double gigabytes,
        @Nullable Path json,
        @Nullable Path plot) {
    static final Settings DEFAULTS = new Settings(false, 20, null, null);

    private static final double QUICK_GIGABYTES = 1;

    /**
     * Reads the words after the name.
     *
     * @throws IllegalArgumentException naming the word that is not understood
     */
    static Settings of(List<String> words) {
        boolean quick = false;
        double gigabytes = 0;
        Path json = null;
        Path plot = null;
        for (Iterator<String> i = words.iterator(); i.hasNext(); ) {
            String word = i.next();
            switch (word) {
                case "--quick" -> quick = true;
                case "--gb" -> gigabytes = number(word, value(word, i));
                case "--json" -> json = Path.of(value(word, i));
                case "--plot" -> plot = Path.of(value(word, i));
                default -> throw new IllegalArgumentException("unknown option " + word);
            }
        }
        double otherwise = quick ? QUICK_GIGABYTES : DEFAULTS.gigabytes();
        return new Settings(quick, gigabytes == 0 ? otherwise : gigabytes, json, plot);
    }

    private static String value(String option, Iterator<String> words) {
        if (!words.hasNext()) {
            throw new IllegalArgumentException(option + " needs a value");
        }
        return words.next();
    }

    private static double number(String option, String text) {
        double value;
        try {
            value = Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(option + " needs a number, got \"" + text + "\"", e);
        }
        if (!(value > 0 && value <= 10_000)) {
            throw new IllegalArgumentException(option + " must be more than 0 and at most 10000, got " + text);
        }
        return value;
    }

    /** Returns where the memory run is drawn: where {@code --plot} says, else beside the JSON file; null for nowhere. */
    @Nullable
    Path drawing() {
        if (plot != null || json == null) {
            return plot;
        }
        String name = json.toAbsolutePath().getFileName().toString();
        int dot = name.lastIndexOf('.');
        return json.resolveSibling((dot > 0 ? name.substring(0, dot) : name) + ".svg");
    }
}
