package io.tfcluster.examples.objectfeatures;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands as they are given, on pictures and networks that the test makes. */
@Timeout(400)
class ObjectFeaturesTest {

    @TempDir
    Path folder;

    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        if (!all.contains("--help")) {
            all.addAll(List.of(
                    "--master",
                    "local[2]",
                    "--output",
                    folder.resolve("out").toString(),
                    "--page",
                    folder.resolve("page.html").toString()));
        }
        StringWriter out = new StringWriter();
        return ObjectFeatures.run(all.toArray(new String[0]), new PrintWriter(out), new PrintWriter(err));
    }

    private int extract(String kind, Path pictures, String... more) throws IOException {
        return run(Stream.of(
                        Stream.of(kind, pictures.toString()),
                        Stream.of(Drawn.networks(folder.resolve("networks"))),
                        Stream.of(more))
                .flatMap(arguments -> arguments)
                .toArray(String[]::new));
    }

    private Map<String, Row> rows(String kind) {
        try (SparkSession spark = SparkSession.builder()
                .master("local[1]")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.ui.enabled", false)
                .getOrCreate()) {
            return spark.read().parquet(folder.resolve("out").resolve(kind).toString()).collectAsList().stream()
                    .collect(toMap(row -> row.<String>getAs(Pictures.ID), row -> row));
        }
    }

    private String page() throws IOException {
        return Files.readString(folder.resolve("page.html"));
    }

    @Test
    void picturesOfAFolderAreCodedOnceAndFoundAgain() throws IOException {
        Path pictures = folder.resolve("pictures");
        Drawn.pictures(pictures, 10);
        Files.write(pictures.resolve("a/empty.jpg"), new byte[0]);
        Files.writeString(pictures.resolve("b/broken [1].jpg"), "no picture at all");
        Files.write(pictures.resolve("top.jpg"), Drawn.jpeg(Drawn.picture(77, false)));

        assertThat(extract("--folder", pictures, "--commit", "6"))
                .as(err.toString())
                .isZero();

        Map<String, Row> features = rows(Output.FEATURES);
        assertThat(features).hasSize(11).containsKeys("a/0.jpg", "b/9.jpg", "top.jpg");
        Row bright = features.get("a/0.jpg");
        assertThat(bright.<String>getAs(Columns.CLASS)).isEqualTo("dog");
        assertThat(bright.<Float>getAs(Columns.SCORE)).isBetween(0.6f, 0.9f);
        assertThat(bright.<Row>getAs(Columns.BOX).getFloat(0)).isEqualTo(0.25f);
        assertThat(bright.<String>getAs(Pictures.LABEL)).isEqualTo("a");
        assertThat(bright.<Integer>getAs(Columns.WIDTH)).isEqualTo(96);
        assertThat(bright.getList(bright.fieldIndex(Columns.VALUES))).hasSize(Drawn.FEATURES);
        assertThat(bright.<byte[]>getAs(Columns.CODE)).hasSize(Drawn.FEATURES / 8);
        Row dark = features.get("b/9.jpg");
        assertThat(dark.<Row>getAs(Columns.BOX)).isNull();
        assertThat(features.get("top.jpg").<String>getAs(Pictures.LABEL)).isNull();
        assertThat(rows(Output.REJECTED)).containsOnlyKeys("a/empty.jpg", "b/broken [1].jpg");
        assertThat(page()).contains("dog", "data:image/jpeg").doesNotContain("cannot be read any more");

        BufferedImage copied = Drawn.resized(Drawn.picture(4, true), 60, 40);
        Files.write(pictures.resolve("a/copy.jpg"), Drawn.jpeg(copied));
        long written = Files.getLastModifiedTime(folder.resolve("out/features/batch=00001"))
                .toMillis();

        assertThat(extract("--folder", pictures)).as(err.toString()).isZero();

        assertThat(rows(Output.FEATURES)).hasSize(12).containsKey("a/copy.jpg");
        assertThat(Files.getLastModifiedTime(folder.resolve("out/features/batch=00001"))
                        .toMillis())
                .as("what is there is not written again")
                .isEqualTo(written);
        try (Stream<Path> left = Files.list(folder.resolve("out"))) {
            assertThat(left.map(file -> file.getFileName().toString()).filter(name -> !name.endsWith(".crc")))
                    .containsExactlyInAnyOrder("run.json", "codes.json", "features", "rejected");
        }

        Path asked = folder.resolve("asked.png");
        ImageIO.write(copied, "png", asked.toFile());
        assertThat(run("similar", "--picture", asked.toString(), "--top", "2"))
                .as(err.toString())
                .isZero();
        assertThat(page()).contains("asked.png", "a/copy.jpg", "a/4.jpg", "bits apart");

        assertThat(run("duplicates", "--distance", "40")).as(err.toString()).isZero();
        assertThat(page()).contains("2 pictures", "a/copy.jpg", "a/4.jpg").doesNotContain("a/6.jpg");

        assertThat(run("evaluate", "--queries", "8", "--copies", "5", "--copy-side", "48"))
                .as(err.toString())
                .isZero();

        assertThat(extract("--folder", pictures, "--score", "0.9")).isEqualTo(1);
        assertThat(err.toString())
                .contains("score=0.65", "score=0.9", "--output")
                .doesNotContain("\tat ");
    }

    @Test
    void picturesOfOddKindsAreTakenAndThoseOfNoUseRejectedWithTheReason() throws IOException {
        Path pictures = folder.resolve("pictures");
        Drawn.pictures(pictures, 4);
        for (String odd : List.of("cmyk.jpg", "deep.png", "moving.gif")) { // bright, the first frame of the GIF too
            try (InputStream file = ObjectFeaturesTest.class.getResourceAsStream("/odd/" + odd)) {
                Files.copy(requireNonNull(file, odd), pictures.resolve("a").resolve(odd));
            }
        }
        byte[] jpeg = Drawn.jpeg(Drawn.picture(1, true));
        Files.writeString(pictures.resolve("a/broken.jpg"), "no picture at all");
        Files.write(pictures.resolve("a/empty.gif"), new byte[0]);
        Files.write(pictures.resolve("b/half.jpg"), Arrays.copyOf(jpeg, jpeg.length / 2));
        byte[] promise = Files.readAllBytes(pictures.resolve("a/deep.png"));
        ByteBuffer.wrap(promise).putInt(16, 60_000).putInt(20, 60_000); // its header is all that it keeps
        Files.write(pictures.resolve("b/promise.png"), promise);

        String said = printed(() -> assertThat(extract("--folder", pictures, "--commit", "5"))
                .as(err.toString())
                .isZero());

        Map<String, Row> features = rows(Output.FEATURES);
        assertThat(features)
                .containsOnlyKeys(
                        "a/0.jpg", "b/1.jpg", "a/2.jpg", "b/3.jpg", "a/cmyk.jpg", "a/deep.png", "a/moving.gif");
        for (String odd : List.of("a/cmyk.jpg", "a/deep.png", "a/moving.gif")) {
            Row row = features.get(odd);
            assertThat(row.<String>getAs(Columns.CLASS)).as(odd).isEqualTo("dog");
            assertThat(row.<Float>getAs(Columns.SCORE)).as(odd).isBetween(0.8f, 0.88f);
            assertThat(row.<Integer>getAs(Columns.WIDTH)).isEqualTo(64);
            assertThat(row.<byte[]>getAs(Columns.CODE)).hasSize(Drawn.FEATURES / 8);
        }
        Map<String, String> reasons = rows(Output.REJECTED).values().stream()
                .collect(toMap(row -> row.getAs(Pictures.ID), row -> row.getAs(Columns.REASON)));
        assertThat(reasons)
                .containsOnlyKeys("a/broken.jpg", "a/empty.gif", "b/half.jpg", "b/promise.png")
                .containsEntry("a/empty.gif", "empty (0 bytes)")
                .containsEntry("b/half.jpg", "cut off before its end");
        assertThat(reasons.get("a/broken.jpg")).startsWith("not a picture");
        assertThat(reasons.get("b/promise.png")).startsWith("too large (60000 × 60000 pixels");
        assertThat(said).contains("This run: 7 written, 4 rejected");
        reasons.keySet().forEach(id -> assertThat(said).contains("1, such as " + id));
        assertThat(said).contains("cut off before its end", "not a picture", "too large");
    }

    private static String printed(Executable command) throws IOException {
        PrintStream before = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            command.run();
        } finally {
            System.setOut(before);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** A command that reads and writes files. */
    private interface Executable {
        void run() throws IOException;
    }

    @Test
    void picturesInMongoAreThoseOfTheFolder() throws IOException {
        Path pictures = folder.resolve("pictures");
        Drawn.pictures(pictures, 6);
        Files.write(pictures.resolve("a/empty.jpg"), new byte[0]);

        assertThat(extract(
                        "--images", pictures, "--data-dir", folder.resolve("db").toString(), "--commit", "4"))
                .as(err.toString())
                .isZero();

        Map<String, Row> features = rows(Output.FEATURES);
        assertThat(features).hasSize(6).containsKeys("a/0.jpg", "b/5.jpg");
        assertThat(features.get("b/5.jpg").<String>getAs(Pictures.LABEL)).isEqualTo("b");
        assertThat(rows(Output.REJECTED)).containsOnlyKeys("a/empty.jpg");
        assertThat(page()).contains("dog", "data:image/jpeg").doesNotContain("cannot be read any more");
    }

    @Test
    void picturesInParquetAreNamedByTheirIdOnce() throws IOException {
        Path pictures = folder.resolve("pictures");
        Drawn.pictures(pictures, 5);
        Path parquet = folder.resolve("pictures.parquet");
        try (SparkSession spark = SparkSession.builder()
                .master("local[1]")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.ui.enabled", false)
                .getOrCreate()) {
            spark.read()
                    .format("binaryFile")
                    .option("recursiveFileLookup", true)
                    .load(pictures.toString())
                    .selectExpr("substring_index(path, '/', -1) as sku", "content as photo", "'x' as kind")
                    .repartition(2)
                    .write()
                    .parquet(parquet.toString());
        }

        assertThat(extract("--parquet", parquet)).isEqualTo(1);
        assertThat(err.toString()).contains("no column \"id\"", "sku", "--id-col");

        String[] columns = {"--id-col", "sku", "--image-col", "photo", "--label-col", "kind", "--commit", "1"};
        deleteOutput();
        assertThat(extract("--parquet", parquet, columns)).as(err.toString()).isZero();
        Map<String, Row> features = rows(Output.FEATURES);
        assertThat(features).containsOnlyKeys("0.jpg", "1.jpg", "2.jpg", "3.jpg", "4.jpg");
        assertThat(features.get("3.jpg").<String>getAs(Pictures.LABEL)).isEqualTo("x");

        deleteOutput();
        columns[1] = "kind";
        assertThat(extract("--parquet", parquet, columns)).isEqualTo(1);
        assertThat(err.toString()).contains("stands 5 times");
    }

    private void deleteOutput() throws IOException {
        if (Files.exists(folder.resolve("out"))) {
            try (Stream<Path> files = Files.walk(folder.resolve("out"))) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    @Test
    void mistakesAreOneLineThatSaysWhatToDo() throws IOException {
        String[] networks = Drawn.networks(folder.resolve("networks"));

        assertThat(run(networks)).isEqualTo(2);
        assertThat(err.toString()).contains("--images", "--mongo", "--parquet", "--folder", "none");
        assertThat(run("--folder", folder.toString())).isEqualTo(2);
        assertThat(err.toString()).contains("--models");
        assertThat(run("similar", "--picture", folder.resolve("nothing.jpg").toString()))
                .isEqualTo(2);
        assertThat(run("duplicates")).isEqualTo(1);
        assertThat(err.toString()).contains("there are no features at");
        networks[1] = networks[5]; // the network that gives features is no detector
        assertThat(run(Stream.concat(Stream.of("--folder", folder.toString()), Stream.of(networks))
                        .toArray(String[]::new)))
                .isEqualTo(1);
        assertThat(err.toString()).contains("detection_boxes").doesNotContain("\tat ");
        assertThat(err.toString().lines()).hasSize(5);
    }

    @Test
    void helpFitsIn80Columns() {
        for (String[] command :
                new String[][] {{"--help"}, {"similar", "--help"}, {"duplicates", "--help"}, {"evaluate", "--help"}}) {
            StringWriter out = new StringWriter();
            assertThat(ObjectFeatures.run(command, new PrintWriter(out), new PrintWriter(err)))
                    .isZero();
            assertThat(out.toString()).contains("--output");
            assertThat(out.toString().lines()).allMatch(line -> line.length() <= 80);
        }
        assertThat(err.toString().getBytes(StandardCharsets.UTF_8)).isEmpty();
    }
}
