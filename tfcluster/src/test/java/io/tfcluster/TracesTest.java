package io.tfcluster;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class TracesTest {
    private static int endless(int depth) {
        return depth < 10_000_000 ? endless(depth + 1) + 1 : 0;
    }

    @Test
    void causesAndSuppressedExceptionsAreThereAndThousandsOfFramesAreNot() {
        RuntimeException deep = new IllegalStateException("deep", new IllegalArgumentException("the innermost"));
        try {
            assertThat(endless(0)).isZero();
        } catch (StackOverflowError e) {
            deep.setStackTrace(e.getStackTrace());
        }
        RuntimeException error = new IllegalStateException("outer", deep);
        error.addSuppressed(new IllegalStateException("while closing"));

        String text = Traces.of(error);

        assertThat(text)
                .contains("outer")
                .contains("the innermost")
                .contains("Suppressed: ")
                .contains("while closing")
                .contains("TracesTest.endless")
                .containsPattern("… \\d+ frames …");
        assertThat(text.lines().count()).isLessThan(300);
    }

    @Test
    void aShortTraceIsLeftAsItIs() {
        assertThat(Traces.of(new IllegalStateException("short")))
                .contains("TracesTest.aShortTrace")
                .contains("java.lang.IllegalStateException: short");
    }
}
