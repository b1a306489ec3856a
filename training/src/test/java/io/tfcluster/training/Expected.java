package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/** What Keras and TensorFlow for Python make of the tests' inputs: keras/expected.txt, written by keras/expected.py beside it. */
public final class Expected {
    private static final Map<String, double[]> VALUES = read();

    private Expected() {}

    private static Map<String, double[]> read() {
        Map<String, double[]> values = new HashMap<>();
        try (InputStream in = Expected.class.getResourceAsStream("/keras/expected.txt")) {
            new String(in.readAllBytes(), StandardCharsets.US_ASCII).lines().forEach(line -> {
                String[] words = line.split(" ", -1);
                values.put(
                        words[0],
                        Stream.of(words)
                                .skip(1)
                                .mapToDouble(Double::parseDouble)
                                .toArray());
            });
            return values;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read keras/expected.txt", e);
        }
    }

    /** Returns numbers from -0.5 to below 0.5, another sequence for each k; expected.py has the same. */
    public static float[] fill(int k, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (((i * i * 7 + i * 37 + k * 11) % 97) / 97.0 - 0.5);
        }
        return values;
    }

    /** Returns whether there are numbers of this name. */
    static boolean has(String name) {
        return VALUES.containsKey(name);
    }

    /** Returns the numbers of this name. */
    public static double[] of(String name) {
        double[] values = VALUES.get(name);
        assertThat(values).describedAs("expected.txt has %s", name).isNotNull();
        return values.clone();
    }

    /** Checks numbers, one by one; the tolerance grows with numbers beyond 1. */
    public static void check(String name, float[] found, double tolerance) {
        double[] expected = of(name);
        assertThat(found).describedAs(name).hasSize(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) found[i])
                    .describedAs("%s, number %d", name, i)
                    .isCloseTo(expected[i], within(tolerance * Math.max(1, Math.abs(expected[i]))));
        }
    }
}
