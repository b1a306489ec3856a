package io.tfcluster.feeding;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * As much JSON as a position needs, so that this module needs no library for it: objects, strings, whole numbers, {@code true}, {@code false}
 * and arrays of whole numbers.
 */
final class JsonText {
    private static final int MAX_DEPTH = 16;

    /** An array of numbers; there are many of them. */
    static final class Numbers {
        private long[] values = new long[8];
        private int size;

        private void add(long value) {
            if (size == values.length) {
                values = Arrays.copyOf(values, 2 * size);
            }
            values[size++] = value;
        }

        int size() {
            return size;
        }

        long get(int index) {
            return values[index];
        }

        @Override
        public String toString() {
            return size + " numbers";
        }
    }

    private final String text;
    private int at;
    private int depth;

    private JsonText(String text) {
        this.text = text;
    }

    /**
     * Returns a Map, String, Long, Boolean or {@link Numbers}.
     *
     * @throws IllegalArgumentException if it is something else
     */
    static Object parse(String text) {
        JsonText reader = new JsonText(text);
        Object value = reader.value();
        if (reader.peek() != 0) {
            throw reader.unexpected();
        }
        return value;
    }

    private IllegalArgumentException unexpected() {
        return new IllegalArgumentException(
                at < text.length()
                        ? "unexpected '" + text.charAt(at) + "' at letter " + at
                        : "the text ends too early");
    }

    /** Skips blanks; returns 0 at the end. */
    private char peek() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        return at < text.length() ? text.charAt(at) : 0;
    }

    private void expect(char wanted) {
        if (peek() != wanted) {
            throw unexpected();
        }
        at++;
    }

    /** Returns whether another element follows, after the first letter of an object or array or after an element of it. */
    private boolean more(boolean first, char end) {
        char next = peek();
        if (next == end) {
            at++;
            return false;
        }
        if (!first) {
            expect(',');
        }
        return true;
    }

    private Object value() {
        char first = peek();
        if (first == '{') {
            return object();
        } else if (first == '[') {
            return numbers();
        } else if (first == '"') {
            return string();
        } else if (text.startsWith("true", at)) {
            at += 4;
            return true;
        } else if (text.startsWith("false", at)) {
            at += 5;
            return false;
        }
        return number();
    }

    private Map<String, Object> object() {
        expect('{');
        depth++;
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException("objects lie deeper than " + MAX_DEPTH);
        }
        Map<String, Object> map = new LinkedHashMap<>();
        while (more(map.isEmpty(), '}')) {
            peek();
            String name = string();
            expect(':');
            if (map.put(name, value()) != null) {
                throw new IllegalArgumentException("\"" + name + "\" is there twice");
            }
        }
        depth--;
        return map;
    }

    private Numbers numbers() {
        expect('[');
        Numbers numbers = new Numbers();
        while (more(numbers.size() == 0, ']')) {
            peek();
            numbers.add(number());
        }
        return numbers;
    }

    private long number() {
        int start = at;
        while (at < text.length() && (Character.isDigit(text.charAt(at)) || (at == start && text.charAt(at) == '-'))) {
            at++;
        }
        if (at == start) {
            throw unexpected();
        }
        return Long.parseLong(text, start, at, 10);
    }

    private String string() {
        expect('"');
        StringBuilder out = new StringBuilder();
        while (at < text.length()) {
            char letter = text.charAt(at++);
            if (letter == '"') {
                return out.toString();
            }
            out.append(letter == '\\' ? escaped() : letter);
        }
        throw unexpected();
    }

    private char escaped() {
        char kind = at < text.length() ? text.charAt(at++) : 0;
        switch (kind) {
            case 'n' -> {
                return '\n';
            }
            case 't' -> {
                return '\t';
            }
            case 'r' -> {
                return '\r';
            }
            case 'b' -> {
                return '\b';
            }
            case 'f' -> {
                return '\f';
            }
            case 'u' -> {
                if (at + 4 > text.length()) {
                    throw unexpected();
                }
                at += 4;
                return (char) Integer.parseInt(text, at - 4, at, 16);
            }
            case '"', '\\', '/' -> {
                return kind;
            }
            default -> throw unexpected();
        }
    }

    /** Returns a string with its quotes. */
    static String quoted(String value) {
        StringBuilder out = new StringBuilder(value.length() + 2).append('"');
        for (int i = 0; i < value.length(); i++) {
            char letter = value.charAt(i);
            if (letter == '"' || letter == '\\') {
                out.append('\\').append(letter);
            } else if (letter < ' ') {
                out.append(String.format("\\u%04x", (int) letter));
            } else {
                out.append(letter);
            }
        }
        return out.append('"').toString();
    }
}
