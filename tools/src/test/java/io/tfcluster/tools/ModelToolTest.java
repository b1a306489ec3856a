package io.tfcluster.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(400)
class ModelToolTest {
    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... args) {
        return ModelTool.run(args, new PrintWriter(out, true), new PrintWriter(err, true));
    }

    private static Path data(String below) {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            Path data = folder.resolveSibling("shared").resolve("data");
            if (Files.isDirectory(data)) {
                return data.resolve(below);
            }
        }
        return Path.of("no-shared-data");
    }

    private static String model(String name) {
        Path model = data(name);
        assumeTrue(Files.exists(model), "skipped: ../shared/data/" + name + " is not beside this checkout");
        return model.toString();
    }

    private static String written(Path output) throws IOException {
        try (Stream<Path> files = Files.list(output)) {
            List<Path> parts = files.filter(
                            file -> file.getFileName().toString().startsWith("part-"))
                    .sorted()
                    .toList();
            StringBuilder text = new StringBuilder();
            for (Path part : parts) {
                text.append(Files.readString(part));
            }
            return text.toString();
        }
    }

    @Test
    void showTellsSignaturesTypesAndShapes() {
        assertThat(run("show", model("savedmodels/sts_deep_image_b64"))).isZero();

        assertThat(out.toString())
                .contains("signature serving_default")
                .containsPattern("in +images +STRING +\\[\\?\\]")
                .containsPattern("out +softmax +FLOAT +\\[\\?, 17\\]")
                .contains("written by TensorFlow 1.8.0");
        assertThat(run("show", model("models/mobilenet_v1_0.25_128/frozen_graph.pb")))
                .isZero();
        assertThat(out.toString()).containsPattern("in +input +FLOAT");
    }

    @Test
    void jsonGoesThroughAModelIntoCsvAndCsvIntoJson() throws IOException {
        String model = model("savedmodels/serving_half_plus_two_cpu");
        Path input = Files.writeString(
                folder.resolve("rows.json"),
                Stream.of(1, 2, 3)
                        .map(i -> "{\"id\": " + i + ", \"number\": " + i + ".0}")
                        .collect(Collectors.joining("\n")));
        Path csv = folder.resolve("a.csv");
        Path json = folder.resolve("b.json");

        int first = run(("predict --master local[2] --model " + model + " --input " + input
                        + " --map number=x --out y=half" + " --prediction p --output " + csv)
                .split(" "));
        int second = run(("predict --master local[2] --model " + model + " --input " + csv
                        + " --map number=x --out y=again" + " --columns id,again --output " + json)
                .split(" "));

        assertThat(List.of(first, second)).as(err.toString()).containsExactly(0, 0);
        assertThat(written(csv)).contains("id,number,half,p").contains("3,3.0,[3.5],3.5");
        assertThat(written(json)).contains("{\"id\":3,\"again\":[3.5]}");
        assertThat(err.toString()).contains("tasks").contains("rows");
    }

    @Test
    void picturesAreDecodedAndResized() throws IOException {
        String model = model("models/mobilenet_v1_0.25_128/frozen_graph.pb");
        Path photos = Files.createDirectory(folder.resolve("photos"));
        Files.copy(data("photos/owl.jpg"), photos.resolve("owl.jpg"));
        Path json = folder.resolve("c.json");

        int status = run(
                ("predict --master local[2] --model " + model + " --input " + photos + " --format images --size 128x128"
                                + " --map image=input --out MobilenetV1/Predictions/Reshape_1=scores"
                                + " --prediction class --columns path,class --output " + json)
                        .split(" "));

        assertThat(status).as(err.toString()).isZero();
        assertThat(written(json)).contains("owl.jpg").contains("\"class\":");
    }

    @Test
    void parquetAndTfRecordsGoInAndParquetComesOut() {
        String model = model("savedmodels/serving_half_plus_two_cpu");
        String rows = folder.resolve("rows.parquet").toString();
        String records = folder.resolve("rows.tfrecords").toString();
        SparkSession spark = session();
        Dataset<Row> numbers = spark.range(0, 6, 1, 2).selectExpr("id", "cast(id as float) as number");
        numbers.write().parquet(rows);
        numbers.write().format("tfrecord").save(records);
        spark.stop();
        String same = " --map number=x --out y=half --columns id,half --batch-size 4 --output ";

        int first = run(
                ("predict --master local[2] --model " + model + " --input " + rows + same + folder.resolve("a.parquet"))
                        .split(" "));
        int second = run(("predict --master local[2] --model " + model + " --input " + records + same
                        + folder.resolve("b") + " --output-format parquet")
                .split(" "));

        assertThat(List.of(first, second)).as(err.toString()).containsExactly(0, 0);
        assertThat(out.toString()).contains("|-- half: array").contains("written to " + folder.resolve("b"));
        SparkSession again = session();
        for (String name : List.of("a.parquet", "b")) {
            assertThat(again.read()
                            .parquet(folder.resolve(name).toString())
                            .orderBy("id")
                            .selectExpr("half[0]")
                            .collectAsList()
                            .toString())
                    .as(name)
                    .isEqualTo("[[2.0], [2.5], [3.0], [3.5], [4.0], [4.5]]");
        }
        again.stop();
    }

    private static SparkSession session() {
        return SparkSession.builder()
                .master("local[2]")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.ui.enabled", "false")
                .getOrCreate();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "2 | --format xml                | --format must be one of [parquet, json, csv, images, tfrecord], got xml",
                "2 | --format images --size 224  | --size is WIDTHxHEIGHT, as 224x224, got 224",
                "2 | --size 2x2                  | --size is for pictures, but --input in.json is read as json",
                "2 | --scale 1                   | --scale is two numbers with a comma, as -1,1, got [1.0]",
                "2 | --batch-size 0              | --batch-size must be 1 or more, got 0",
                "2 | --batch-size many           | 'many' is not an int",
                "2 | --map number                | should be in KEY=VALUE format but was number",
                "2 | --colums id                 | Unknown options: '--colums'",
            })
    void aWrongOptionIsToldBeforeAnythingStarts(int status, String options, String text) {
        assertThat(run(("predict --model m --input in.json --output out.json " + options).split(" +")))
                .isEqualTo(status);
        assertThat(err.toString()).contains(text).contains("see --help").hasLineCount(1);
    }

    @Test
    void whatIsWrongWithTheDataIsToldWithoutAStackTrace() throws IOException {
        String model = model("savedmodels/serving_half_plus_two_cpu");
        Path input = Files.writeString(folder.resolve("rows.json"), "{\"number\": \"one\"}\n");
        String start = "predict --master local[1] --model " + model + " --output " + folder.resolve("o") + " --input ";

        assertThat(run((start + input + " --map number=x").split(" "))).isEqualTo(1);
        assertThat(run((start + folder.resolve("none.json")).split(" "))).isEqualTo(1);

        assertThat(err.toString()).contains("FLOAT32").contains("none.json").doesNotContain("\tat ");
    }

    @Test
    void mistakesAreToldWithAnExitCode() {
        assertThat(run("predict", "--model", "x")).isEqualTo(2);
        assertThat(err.toString()).contains("--input").contains("see --help");
        assertThat(run("show", folder.toString())).isEqualTo(1);
        assertThat(err.toString()).contains("the folder has no saved_model.pb");
        assertThat(run("predict --model m --input x.parquet --output y --output-format xml".split(" ")))
                .isEqualTo(2);
        assertThat(err.toString()).contains("parquet, json or csv");
    }
}
