package io.tfcluster.examples.flowers;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import io.tfcluster.examples.common.EmbeddedMongo;
import io.tfcluster.tests.harness.Leftovers;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bson.Document;
import org.bson.types.Binary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example from its command line: a whole run on executor JVMs, and what it says to bad input. */
final class FlowersRunTest {
    @TempDir
    Path folder;

    private final StringWriter errors = new StringWriter();
    private String output = "";

    /** The example writes for people, to the console; what it wrote is in {@link #output} afterwards. */
    private int flowers(String... args) {
        PrintStream console = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes, true, UTF_8));
        try {
            return Flowers.run(args, new PrintWriter(System.out, true, UTF_8), new PrintWriter(errors, true));
        } finally {
            System.setOut(console);
            output = bytes.toString(UTF_8);
        }
    }

    private String[] training(String... more) {
        List<String> args = new ArrayList<>(List.of(
                "--epochs",
                "2",
                "--image-size",
                "48",
                "--model-dir",
                folder.resolve("model").toString(),
                "--report",
                folder.resolve("report.html").toString(),
                "--result",
                folder.resolve("result.json").toString()));
        args.addAll(List.of(more));
        return args.toArray(new String[0]);
    }

    @Test
    void aWholeRunWritesModelReportAndFiguresAndTheModelPredicts() throws Exception {
        Leftovers.Snapshot before = Leftovers.snapshot();

        int exit = flowers(
                training("--draw", "120", "--data-dir", folder.resolve("db").toString()));

        assertThat(exit).as("%s%n%s", output, errors).isZero();
        Leftovers.assertNothingLeftSince(before);
        assertThat(output).contains("Accuracy on ").contains("worker:0").contains("worker:1");
        assertThat(output.lines())
                .map(line -> line.replace(folder.toString(), "/data")) // whose own name is as long as it is
                .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(80));
        JsonNode result =
                new ObjectMapper().readTree(folder.resolve("result.json").toFile());
        assertThat(result.fieldNames())
                .toIterable()
                .containsExactlyInAnyOrder(
                        "accuracy", "classes", "seconds", "imagesPerSecond", "images", "model", "epochs");
        assertThat(result.get("classes").get("roses").fieldNames()).toIterable().contains("precision", "recall");
        assertThat(result.get("epochs")).hasSize(2).allSatisfy(epoch -> {
            long taken = 0;
            for (JsonNode rows : epoch.get("rowsByNode")) {
                taken += rows.asLong();
            }
            assertThat(taken).isPositive().isEqualTo(epoch.get("inputRows").asLong());
        });
        assertThat(Files.readString(folder.resolve("report.html")))
                .contains("<svg")
                .contains("data:image/jpeg;base64,")
                .doesNotContain("http://", "https://");

        Path pictures = folder.resolve("drawn");
        assertThat(flowers("draw", "--draw", "50", pictures.toString()))
                .as("%s", errors)
                .isZero();
        Path rose;
        try (Stream<Path> files = Files.list(pictures.resolve("roses"))) {
            rose = files.findFirst().orElseThrow();
        }
        Path broken = Files.writeString(folder.resolve("broken.jpg"), "this is no picture");
        int predicted = flowers(
                "predict", "--model-dir", folder.resolve("model").toString(), rose.toString(), broken.toString());
        assertThat(output).contains("roses").contains("tulips").contains("%");
        assertThat(errors.toString()).contains("broken.jpg");
        assertThat(predicted).isEqualTo(1);
    }

    @Test
    void brokenDocumentsAreSkippedAndCountedAndFatalWhenStrict() {
        try (EmbeddedMongo mongo = EmbeddedMongo.start(folder.resolve("db"));
                MongoClient client = MongoClients.create(mongo.uri())) {
            String uri = mongo.uri() + "/flowers.pictures";
            assertThat(flowers("load", "--draw", "60", "--mongo-uri", uri))
                    .as("%s", errors)
                    .isZero();
            MongoCollection<Document> pictures = client.getDatabase("flowers").getCollection("pictures");
            pictures.insertOne(document("a1", "without.jpg"));
            pictures.insertOne(document("a2", "broken.jpg")
                    .append("image", new Binary(new byte[] {(byte) 0xff, 1, 2})));

            int strict = flowers(training("--mongo-uri", uri, "--strict", "--workers", "1", "--master", "local[2]"));
            assertThat(strict).isEqualTo(1);
            assertThat(errors.toString()).contains("without.jpg", "broken.jpg", "no image", "--strict");

            int lenient = flowers(training("--mongo-uri", uri, "--workers", "1", "--master", "local[2]"));
            assertThat(lenient).as("%s", errors).isZero();
            assertThat(output).contains("skipped: ").contains("1 × no image (without.jpg)");
        }
    }

    private static Document document(String id, String name) {
        return new Document("_id", id)
                .append("filename", name)
                .append("label", 0)
                .append("class_name", "daisy")
                .append("split", "train");
    }

    @Test
    void aDatabaseThatIsNotThereOrEmptyOrMislabelledIsSaidWithinSeconds() {
        long start = System.nanoTime();
        int nobody = flowers(
                training("--mongo-uri", "mongodb://127.0.0.1:9/flowers.pictures?serverSelectionTimeoutMS=1000"));
        assertThat(nobody).isEqualTo(1);
        assertThat(errors.toString()).contains("no answer from MongoDB at mongodb://127.0.0.1:9");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));

        try (EmbeddedMongo mongo = EmbeddedMongo.start(folder.resolve("db"));
                MongoClient client = MongoClients.create(mongo.uri())) {
            assertThat(flowers(training("--mongo-uri", mongo.uri() + "/flowers.nothing")))
                    .isEqualTo(1);
            assertThat(errors.toString()).contains("flowers.nothing").contains("is empty; fill it with");

            client.getDatabase("flowers")
                    .getCollection("odd")
                    .insertMany(List.of(
                            document("a", "a.jpg"),
                            document("b", "b.jpg").append("label", 7).append("class_name", "orchid")));
            assertThat(flowers(training("--mongo-uri", mongo.uri() + "/flowers.odd")))
                    .isEqualTo(1);
            assertThat(errors.toString()).contains("unknown label").contains("orchid");
        }
    }

    @Test
    void moreNodesThanSlotsIsOneLine() {
        int exit = flowers(training(
                "--draw",
                "60",
                "--data-dir",
                folder.resolve("db").toString(),
                "--workers",
                "3",
                "--master",
                "local[2]"));

        assertThat(exit).isEqualTo(1);
        assertThat(errors.toString().strip().lines()).hasSize(1);
        assertThat(errors.toString()).contains("3 nodes need 3 slots at once");
    }
}
