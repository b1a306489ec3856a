package io.tfcluster.examples.flowers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import io.tfcluster.examples.common.EmbeddedMongo;
import io.tfcluster.examples.common.ExampleException;
import io.tfcluster.examples.common.ProgressBar;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.SparkSession;
import org.bson.Document;
import org.bson.types.Binary;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class LoaderTest {

    @TempDir
    static Path data;

    private static EmbeddedMongo mongo;
    private static MongoClient client;

    @TempDir
    Path folder;

    @BeforeAll
    static void startMongo() {
        mongo = EmbeddedMongo.start(data);
        client = MongoClients.create(mongo.uri());
    }

    @AfterAll
    static void stopMongo() {
        client.close();
        mongo.close();
    }

    @Test
    void loadsChecksCountsAndDoesNotLoadTwice() throws IOException {
        draw(20);
        Files.writeString(folder.resolve("daisy/page.jpg"), "<html>");
        byte[] whole = new FlowerPainter(5).jpeg(Blossom.DAISY, 99);
        Files.write(folder.resolve("daisy/half.jpg"), Arrays.copyOf(whole, whole.length / 2));
        Files.createFile(folder.resolve("roses/empty.jpg"));
        Files.copy(folder.resolve("roses/00002.jpg"), folder.resolve("roses/copy.jpg"));
        PictureSource source = FolderPictures.of(folder);

        try (PictureStore store = PictureStore.connect(mongo.uri(), "twice")) {
            Loader.Report first = load(store, source, false);
            Loader.Report second = load(store, source, false);

            assertThat(first.added()).isEqualTo(20);
            assertThat(first.known()).isEqualTo(1);
            assertThat(first.rejectedCount()).isEqualTo(3);
            assertThat(first.text())
                    .contains("not a picture")
                    .contains("daisy/page.jpg")
                    .contains("empty file");
            assertThat(second.added()).isZero();
            assertThat(second.known()).isEqualTo(21);
            assertThat(store.count()).isEqualTo(20);
            assertThat(store.classes()).containsExactly("daisy", "dandelion", "roses", "sunflowers", "tulips");
            assertThatThrownBy(() -> load(store, source, true))
                    .isInstanceOf(ExampleException.class)
                    .hasMessageContaining("daisy/")
                    .hasMessageContaining("--strict");
        }
        Document document = collection("twice").find().first();
        assertThat(document.keySet())
                .containsExactlyInAnyOrder(
                        "_id",
                        "filename",
                        "label",
                        "class_name",
                        "image",
                        "width",
                        "height",
                        "channels",
                        "split",
                        "sha256");
        assertThat(collection("twice").listIndexes().into(new ArrayList<>()))
                .anyMatch(index -> index.get("key", Document.class).containsKey("split"));
    }

    @Test
    void splitIsStableAndAboutFifteenPercent() {
        long test = java.util.stream.IntStream.range(0, 5000)
                .filter(i -> Loader.split(Loader.sha256(new byte[] {(byte) i, (byte) (i >> 8)}))
                        .equals("test"))
                .count();

        assertThat(test).isBetween(650L, 850L);
    }

    @Test
    void decodingInSparkCountsWhatCannotBeUsedAndIsFatalWhenStrict() {
        try (PictureStore store = PictureStore.connect(mongo.uri(), "holes")) {
            load(store, new DrawnPictures(50, 3), false);
            collection("holes")
                    .insertMany(List.of(
                            new Document("_id", "x1")
                                    .append("filename", "none.jpg")
                                    .append("label", 0)
                                    .append("class_name", "daisy"),
                            new Document("_id", "x2")
                                    .append("filename", "broken.jpg")
                                    .append("label", 0)
                                    .append("class_name", "daisy")
                                    .append("image", new Binary(new byte[] {1, 2, 3})),
                            new Document("_id", "x3")
                                    .append("filename", "text.jpg")
                                    .append("label", 0)
                                    .append("class_name", "daisy")
                                    .append("image", 5)));
            SparkSession spark = SparkSession.builder()
                    .master("local[2]")
                    .config("spark.ui.enabled", "false")
                    .config("spark.driver.bindAddress", "127.0.0.1")
                    .getOrCreate();
            try {
                JavaRDD<Picture> pictures = new PictureReader(spark, store).pictures(32, 4, 1);
                var unusable = PictureReader.unusable(pictures);

                assertThat(pictures.getNumPartitions()).isGreaterThanOrEqualTo(4);
                assertThat(pictures.filter(Picture::isUsable).count()).isEqualTo(50);
                assertThat(unusable.values().stream().flatMap(List::stream))
                        .containsExactlyInAnyOrder("none.jpg", "broken.jpg", "text.jpg");
                assertThat(PictureReader.judge(unusable, false, "here"))
                        .contains("no image")
                        .contains("broken.jpg");
                assertThatThrownBy(() -> PictureReader.judge(unusable, true, "here"))
                        .isInstanceOf(ExampleException.class)
                        .hasMessageContaining("--strict");
                assertThat(pictures.filter(Picture::isUsable).first().pixels()).hasSize(32 * 32 * 3);
            } finally {
                spark.stop();
            }
        }
    }

    @Test
    void unknownLabelEmptyCollectionAndNobodyThereAreErrorsThatSayWhatToDo() {
        collection("labels")
                .insertMany(List.of(
                        new Document("_id", "a").append("label", 0).append("class_name", "daisy"),
                        new Document("_id", "b").append("label", 1).append("class_name", "roses"),
                        new Document("_id", "c").append("label", 7).append("class_name", "oaks")));

        try (PictureStore store = PictureStore.connect(mongo.uri(), "labels");
                PictureStore empty = PictureStore.connect(mongo.uri(), "nothing")) {
            assertThatThrownBy(store::classes)
                    .hasMessageContaining("unknown label")
                    .hasMessageContaining("_id c")
                    .hasMessageContaining("7");
            assertThatThrownBy(empty::classes).hasMessageContaining("empty").hasMessageContaining("bin/flowers load");
        }
        long start = System.nanoTime();
        assertThatThrownBy(() ->
                        PictureStore.connect("mongodb://u:secret@127.0.0.1:1/x?serverSelectionTimeoutMS=500", "p"))
                .isInstanceOf(ExampleException.class)
                .hasMessageContaining("127.0.0.1:1")
                .hasMessageContaining("--mongo-uri")
                .hasMessageNotContaining("secret");
        assertThat((System.nanoTime() - start) / 1e9).isLessThan(20);
    }

    private void draw(int count) throws IOException {
        for (var i = new DrawnPictures(count, 3).candidates(); i.hasNext(); ) {
            PictureSource.Candidate picture = i.next();
            Path file = folder.resolve(picture.name());
            Files.createDirectories(file.getParent());
            Files.write(file, picture.read());
        }
    }

    private static Loader.Report load(PictureStore store, PictureSource source, boolean strict) {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
        return new Loader(store, strict).load(source, new ProgressBar(nowhere, "loading", source.count(), true));
    }

    private static MongoCollection<Document> collection(String name) {
        return client.getDatabase(PictureStore.DATABASE).getCollection(name);
    }
}
