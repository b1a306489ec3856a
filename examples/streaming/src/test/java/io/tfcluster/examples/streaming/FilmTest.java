package io.tfcluster.examples.streaming;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/streaming film} as a whole, on films, and where there is no ffmpeg. */
@Timeout(240)
class FilmTest {
    private static final int RED = 0xFF0000;
    private static final int GREEN = 0x00FF00;
    private static final int BLUE = 0x0000FF;

    @TempDir
    Path folder;

    /** Writes a film of plain colours, raw YUV4MPEG2, each so many frames long, ten frames a second; ffmpeg looks into files, not at names. */
    private Path film(String name, int... coloursAndFrames) throws IOException {
        Path file = Files.createDirectories(folder.resolve("films")).resolve(name);
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            out.write("YUV4MPEG2 W64 H48 F10:1 Ip A1:1 C420mpeg2\n".getBytes(US_ASCII));
            for (int i = 0; i < coloursAndFrames.length; i += 2) {
                byte[] frame = frame(coloursAndFrames[i]);
                for (int times = 0; times < coloursAndFrames[i + 1]; times++) {
                    out.write("FRAME\n".getBytes(US_ASCII));
                    out.write(frame);
                }
            }
        }
        return file;
    }

    /** Returns a frame in one colour, planes Y, U and V one after the other, as BT.601 has them. */
    private static byte[] frame(int colour) {
        double red = (colour >> 16 & 255) / 255.0;
        double green = (colour >> 8 & 255) / 255.0;
        double blue = (colour & 255) / 255.0;
        byte[] frame = new byte[64 * 48 * 3 / 2];
        Arrays.fill(frame, 0, 3072, (byte) Math.round(16 + 65.481 * red + 128.553 * green + 24.966 * blue));
        Arrays.fill(frame, 3072, 3840, (byte) Math.round(128 - 37.797 * red - 74.203 * green + 112.0 * blue));
        Arrays.fill(frame, 3840, 4608, (byte) Math.round(128 + 112.0 * red - 93.786 * green - 18.214 * blue));
        return frame;
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
        Path first = film("a.mp4", RED, 25, BLUE, 5, RED, 10, GREEN, 20);
        Path second = film("b.mkv", BLUE, 10);
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
