package io.tfcluster.examples.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.bson.Document;
import org.bson.types.Binary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class EmbeddedMongoTest {

    @TempDir
    Path folder;

    @Test
    void dataSurvivesARestartAndCloseIsIdempotentAndLeavesNoProcess() {
        EmbeddedMongo first = EmbeddedMongo.start(folder);
        try (MongoClient client = MongoClients.create(first.uri())) {
            client.getDatabase("a").getCollection("b").insertOne(new Document("_id", 1));
        }
        first.close();
        first.close();

        assertThat(ProcessHandle.of(first.pid()).map(ProcessHandle::isAlive).orElse(false))
                .isFalse();
        try (EmbeddedMongo second = EmbeddedMongo.start(folder);
                MongoClient client = MongoClients.create(second.uri())) {
            assertThat(client.getDatabase("a").getCollection("b").countDocuments())
                    .isEqualTo(1);
        }
    }

    @Test
    void answerOfMoreThan48MegabytesComesInPieces() {
        try (EmbeddedMongo mongo = EmbeddedMongo.start(folder);
                MongoClient client = MongoClients.create(mongo.uri())) {
            MongoCollection<Document> pictures = client.getDatabase("a").getCollection("b");
            for (int i = 0; i < 30; i++) {
                pictures.insertOne(new Document("_id", i).append("image", new Binary(new byte[2 << 20])));
            }

            List<Document> found = pictures.find().into(new ArrayList<>());
            List<Document> inBatches = pictures.find().batchSize(20).into(new ArrayList<>());
            List<Document> aggregated = pictures.aggregate(List.of(new Document("$sort", new Document("_id", -1))))
                    .into(new ArrayList<>());

            assertThat(found).hasSize(30);
            assertThat(inBatches)
                    .extracting(d -> d.getInteger("_id"))
                    .doesNotHaveDuplicates()
                    .hasSize(30);
            assertThat(aggregated.get(29).getInteger("_id")).isZero();
        }
    }

    @Test
    void folderInUseIsAnErrorThatNamesItAndSaysWhatToDo() {
        try (EmbeddedMongo first = EmbeddedMongo.start(folder)) {
            assertThat(first.uri()).startsWith("mongodb://127.0.0.1:");
            assertThatThrownBy(() -> EmbeddedMongo.start(folder))
                    .isInstanceOf(ExampleException.class)
                    .hasMessageContaining(folder.toString())
                    .hasMessageContaining("--data-dir");
        }
    }

    @Test
    void killedParentLeavesNoServerBehind() throws IOException {
        Process parent = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Parent.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(parent.getInputStream(), StandardCharsets.UTF_8))) {
            ProcessHandle server =
                    ProcessHandle.of(Long.parseLong(out.readLine())).orElseThrow();
            assertThat(server.isAlive()).isTrue();

            parent.destroyForcibly();

            await().atMost(Duration.ofSeconds(10)).until(() -> !server.isAlive());
        } finally {
            parent.destroyForcibly();
        }
    }

    /** The process that is killed. */
    static final class Parent {
        public static void main(String[] args) throws InterruptedException {
            System.out.println(EmbeddedMongo.start(Path.of(args[0])).pid());
            Thread.sleep(60_000);
        }
    }
}
