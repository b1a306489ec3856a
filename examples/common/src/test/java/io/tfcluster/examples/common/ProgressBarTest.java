package io.tfcluster.examples.common;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

class ProgressBarTest {

    @Test
    void progressLineFitsIn80Columns() {
        ProgressBar bar =
                new ProgressBar(new PrintStream(OutputStream.nullOutputStream()), "loading", 123_456_789, true);

        assertThat(bar.line(123_456_789, 1)).hasSizeLessThan(80).contains("123,456,789/123,456,789");
        assertThat(bar.line(0, 0)).contains("[....");
    }
}
