package io.tfcluster.examples.flowers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class FlowersTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--workers 0                          | --workers must be 1 or more, got 0",
                "--ps -1                              | --ps must be 0 or more, got -1",
                "--epochs zero                        | --epochs",
                "--grid --ps 1                        | leaves none for --ps 1",
                "--epochs 0                           | --epochs must be 1 or more, got 0",
                "--batch-size 0                       | --batch-size must be 1 or more, got 0",
                "--image-size 8                       | --image-size must be 32 to 512, got 8",
                "--images /no/such/folder             | --images /no/such/folder does not exist",
                "--backbone /no/such/file             | --backbone /no/such/file is no file",
                "--mongo-uri mongodb://h --data-dir d | --mongo-uri and --data-dir contradict each other",
                "--images . --draw 100                | --images and --draw contradict each other",
                "--image-size 96 --backbone x.pb      | --image-size and --backbone contradict each other",
                "--report /no/such/folder/r.html      | there is no folder /no/such/folder",
                "--model-dir /no/such/folder/m        | there is no folder /no/such/folder",
                "--model-dir .                        | holds no SavedModel",
                "--no-such-option                     | Unknown option",
                "load                                 | load needs --images DIR or --draw N",
                "predict                              | FILE"
            })
    void wrongArgumentsAreOneLineAndExitCode2(String arguments, String message) {
        int code = Flowers.run(arguments.split(" "), new PrintWriter(out), new PrintWriter(err));

        assertThat(err.toString()).contains(message).hasLineCount(1);
        assertThat(code).isEqualTo(2);
    }

    @Test
    void helpFitsIn80ColumnsAndShowsExamples() {
        assertThat(Flowers.run(new String[] {"--help"}, new PrintWriter(out), new PrintWriter(err)))
                .isZero();

        assertThat(out.toString()).contains("--backbone").contains("Examples:").contains("bin/flowers predict");
        assertThat(out.toString().lines()).allMatch(line -> line.length() <= 80);
    }

    @Test
    void folderWithoutClassFoldersIsOneLineAndExitCode1() throws IOException {
        Files.createDirectory(folder.resolve("photos"));
        String[] arguments = {"load", "--images", folder.resolve("photos").toString(), "--data-dir", folder.toString()};

        assertThat(Flowers.run(arguments, new PrintWriter(out), new PrintWriter(err)))
                .isEqualTo(1);
        assertThat(err.toString()).contains("holds 0 folders").hasLineCount(1);
    }
}
