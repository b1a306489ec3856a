package io.tfcluster.estimator;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Finds what somebody may have meant who mistyped a name. */
final class Nearest {
    private static final int MOST = 3;

    private Nearest() {}

    /** Returns the names that are near enough, the nearest first; at most three. */
    static List<String> to(String name, Collection<String> names) {
        String wanted = name.toLowerCase(Locale.ROOT);
        int limit = Math.max(2, wanted.length() / 3);
        return names.stream()
                .distinct()
                .filter(each -> distance(wanted, each, limit) <= limit)
                .sorted(Comparator.comparingInt((String each) -> distance(wanted, each, limit))
                        .thenComparing(Comparator.naturalOrder()))
                .limit(MOST)
                .toList();
    }

    /** Returns a question to end an error with, "" if nothing is near. */
    static String question(String name, Collection<String> names) {
        List<String> near = to(name, names);
        return near.isEmpty() ? "" : "did you mean \"" + String.join("\", \"", near) + "\"?";
    }

    /** Insertions, deletions and exchanges between the two; a part of the whole name counts as one. */
    private static int distance(String wanted, String other, int limit) {
        String name = other.toLowerCase(Locale.ROOT);
        if (wanted.length() > 2 && (name.startsWith(wanted) || name.endsWith("/" + wanted))) {
            return 1;
        }
        if (Math.abs(name.length() - wanted.length()) > limit) {
            return limit + 1;
        }
        int[] row = new int[name.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= wanted.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int same = diagonal + (wanted.charAt(i - 1) == name.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(same, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[name.length()];
    }
}
