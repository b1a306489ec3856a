package io.tfcluster.examples.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.ffmpeg.ffmpeg;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/streaming film} as a whole, on films that ffmpeg's own program has made, and where there is no ffmpeg. */
@Timeout(240)
class FilmTest {
    @TempDir
    Path folder;

    /** Writes a film of plain colours, each so many seconds long, ten frames a second. */
    private Path film(String name, String... coloursAndSeconds) throws Exception {
        List<String> command = new ArrayList<>(List.of(Loader.load(ffmpeg.class), "-loglevel", "error"));
        for (int i = 0; i < coloursAndSeconds.length; i += 2) {
            command.addAll(List.of(
                    "-f",
                    "lavfi",
                    "-i",
                    "color=c=" + coloursAndSeconds[i] + ":s=64x48:r=10:d=" + coloursAndSeconds[i + 1]));
        }
        int parts = coloursAndSeconds.length / 2;
        String all = IntStream.range(0, parts).mapToObj(i -> "[" + i + "]").collect(Collectors.joining());
        Path file = Files.createDirectories(folder.resolve("films")).resolve(name);
        command.addAll(
                List.of("-filter_complex", all + "concat=n=" + parts, "-c:v", "mpeg4", "-q:v", "2", file.toString()));
        File log = folder.resolve("ffmpeg.log").toFile();
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log)
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(log.toPath())).isZero();
        return file;
    }

    private List<String> arguments(Path films) throws IOException {
        Path graph = Exports.channels(folder.resolve("channels.pb"));
        Path labels = Files.write(folder.resolve("labels.txt"), List.of("red", "green", "blue"));
        return List.of(
                "film",
                "--graph",
                graph.toString(),
                "--labels",
                labels.toString(),
                "--pictures",
                "4,0,1",
                "--input",
                "pixels=x",
                "--output",
                "scores=scores",
                "--per-second",
                "4",
                "--master",
                "local[2]",
                films.toString());
    }

    private static String line(int second, String label, int percent) {
        return "  %4d s  %-40.40s %3d%%".formatted(second, label, percent);
    }

    @Test
    void eachSecondOfEachFilmHasItsLabelAndABrokenFilmItsReason() throws Exception {
        // The flash is half a second long: two frames of the second 2, and of the twelve that vote on it.
        Path first = film("a.mp4", "red", "2.5", "blue", "0.5", "red", "1", "lime", "2");
        Path second = film("b.mkv", "blue", "1");
        Files.writeString(first.resolveSibling("c.mp4"), "no film at all");
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();

        int code = Streaming.run(
                arguments(first.getParent()).toArray(new String[0]), new PrintWriter(out), new PrintWriter(err));

        assertThat(code).as("%s%s", out, err).isZero();
        List<String> lines = out.toString().lines().toList();
        assertThat(lines.get(0)).startsWith("not read: ").contains("c.mp4: is no film that ffmpeg knows");
        assertThat(lines.get(1)).endsWith(first.toString());
        assertThat(lines.subList(2, 8))
                .containsExactly(
                        line(0, "red", 100),
                        line(1, "red", 83),
                        line(2, "red", 83),
                        line(3, "red", 50),
                        line(4, "green", 67),
                        line(5, "green", 100));
        assertThat(lines.get(8)).endsWith(second.toString());
        assertThat(lines.subList(9, lines.size())).containsExactly(line(0, "blue", 100));
    }

    @Test
    void withoutFfmpegOneLineSaysWhatToPutWhere() throws Exception {
        Path film = Files.createFile(folder.resolve("a.mp4"));
        String without = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> !Path.of(entry).getFileName().toString().startsWith("ffmpeg-"))
                .collect(Collectors.joining(File.pathSeparator));
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(each -> each.startsWith("--add-opens"))
                .forEach(command::add);
        command.addAll(List.of(
                "-Xmx512m",
                "-Dlog4j2.configurationFile=streaming-log4j2.properties",
                "-Djava.io.tmpdir=" + folder,
                "-cp",
                without,
                Streaming.class.getName()));
        command.addAll(arguments(film));
        Path log = folder.resolve("run.log");

        Process run = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertThat(run.waitFor(150, TimeUnit.SECONDS)).isTrue();
        } finally {
            run.destroyForcibly();
        }

        String said = Files.readString(log);
        assertThat(run.exitValue()).as(said).isEqualTo(1);
        assertThat(said).contains("streaming: films are decoded by ffmpeg", "Put org.bytedeco:ffmpeg with its natives");
        assertThat(said).doesNotContain("\tat ").hasLineCount(1);
    }
}
