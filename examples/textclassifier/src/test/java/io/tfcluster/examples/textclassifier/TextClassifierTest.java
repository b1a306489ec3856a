package io.tfcluster.examples.textclassifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(400)
class TextClassifierTest {
    private static final Path DATA = Path.of("../../../shared/data/text/sms_spam/SMSSpamCollection");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    Path folder;

    private int run(String... args) {
        return TextClassifier.run(args, new PrintWriter(out), new PrintWriter(err));
    }

    @Test
    void spamIsToldFromHam() {
        assumeTrue(Files.exists(DATA), "skipped: there are no messages at " + DATA);

        int code = run(
                "--data",
                DATA.toString(),
                "--master",
                "local[2]",
                "--model-dir",
                folder.resolve("m").toString());

        assertThat(code).describedAs(err.toString()).isZero();
        assertThat(percent("messages: ([0-9.]+)%")).isGreaterThanOrEqualTo(98);
        assertThat(percent("precision ([0-9.]+)%")).isGreaterThan(90);
        assertThat(percent("recall ([0-9.]+)%")).isGreaterThan(85);
        assertThat(folder.resolve("m/metadata/part-00000")).exists();
        assertThat(out.toString().replace(folder.toString(), "/data").lines()) // its own name is as long as it is
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
    }

    private double percent(String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(out.toString());
        assertThat(matcher.find()).describedAs(out.toString()).isTrue();
        return Double.parseDouble(matcher.group(1));
    }

    @Test
    void missingDataAreToldInOneLine() {
        int code = run("--data", folder.resolve("none").toString());

        assertThat(code).isEqualTo(2);
        assertThat(err.toString())
                .contains("there is no file")
                .contains("--data FILE")
                .hasLineCount(1);
    }

    @Test
    void sharesOfNothingAreZero() {
        Verdicts none = new Verdicts(0, 0, 0, 0);
        Verdicts some = new Verdicts(8, 2, 1, 9);

        assertThat(none.accuracy() + none.precision() + none.recall()).isZero();
        assertThat(some.accuracy()).isEqualTo(0.85);
        assertThat(some.precision()).isEqualTo(8 / 9.0);
        assertThat(some.recall()).isEqualTo(0.8);
    }
}
