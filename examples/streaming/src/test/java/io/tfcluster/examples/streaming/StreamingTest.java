package io.tfcluster.examples.streaming;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.bson.Document;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against a Kafka in a process of its own; the queries that are killed are processes, too. */
@Timeout(500)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class StreamingTest {
    private static final Duration LIMIT = Duration.ofSeconds(200);
    private static final int PARTITIONS = 2;
    private static final int MESSAGES = 10_000;
    private static final int STEADY = 1_500;

    @TempDir
    static Path folder;

    private static KafkaServer server;
    private static KafkaProducer<byte[], byte[]> producer;

    private final List<Process> queries = new ArrayList<>();

    @BeforeAll
    static void startKafka() {
        server = KafkaServer.start(folder.resolve("kafka"), 0);
        server.brokers().make(List.of("numbers", "answers", "pictures", "labels", "rows"), PARTITIONS);
        producer = new KafkaProducer<>(server.brokers().client(), new ByteArraySerializer(), new ByteArraySerializer());
    }

    @AfterAll
    static void stopKafka() {
        producer.close(Duration.ofSeconds(5));
        server.close();
    }

    @SuppressWarnings("FutureReturnValueIgnored") // what is not sent is missed later
    private static void send(String topic, int number, byte[] value) {
        producer.send(new ProducerRecord<>(topic, number % PARTITIONS, ("k" + number).getBytes(UTF_8), value));
    }

    /** Number i as {"x": i}; each thousandth is no JSON. */
    private static void sendNumbers(int from, int to) {
        for (int i = from; i < to; i++) {
            send("numbers", i, (i % 1000 == 500 ? "{\"x\": oops" : "{\"x\": " + i + "}").getBytes(UTF_8));
        }
        producer.flush();
    }

    private String[] args(String from, String... more) {
        List<String> args = new ArrayList<>(List.of(
                "--kafka",
                server.brokers().addresses(),
                "--from",
                from,
                "--checkpoint",
                folder.resolve("checkpoint-" + from).toString(),
                "--patience",
                "8"));
        args.addAll(List.of(more));
        return args.toArray(new String[0]);
    }

    private Process query(Path models) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(each -> each.startsWith("--add-opens"))
                .forEach(command::add);
        command.addAll(List.of(
                "-Xmx768m",
                "-Dlog4j2.configurationFile=streaming-log4j2.properties",
                "-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"),
                "-cp",
                System.getProperty("java.class.path"),
                Streaming.class.getName()));
        command.addAll(List.of(args(
                "numbers",
                "--to",
                "answers",
                "--model",
                models.toString(),
                "--example",
                "{\"x\": 1.5}",
                "--most-per-batch",
                "400")));
        File log = folder.resolve("query-" + queries.size() + ".log").toFile();
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log)
                .start();
        queries.add(process);
        return process;
    }

    private void awaitAnswers(Inbox inbox, int number) {
        await().atMost(LIMIT).pollInterval(Duration.ofMillis(50)).until(() -> {
            Process query = queries.get(queries.size() - 1);
            assertThat(query.isAlive())
                    .as(
                            "the query; it said %s",
                            Files.readString(folder.resolve("query-" + (queries.size() - 1) + ".log")))
                    .isTrue();
            return inbox.answers().size() >= number;
        });
    }

    private static void kill(Process query) throws InterruptedException {
        query.destroyForcibly(); // SIGKILL
        assertThat(query.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    @Order(3)
    void tenThousandMessagesAreAnsweredOnceThroughTwoKillsANewModelAndTheLossOfKafka() throws Exception {
        Path models = folder.resolve("models");
        Exports.times(models, 1);
        try (Inbox inbox = new Inbox(server.brokers(), "answers", PARTITIONS)) {
            sendNumbers(0, 4_000);
            Process first = query(models);
            awaitAnswers(inbox, 1_000);
            kill(first);
            assertThat(inbox.answers().size()).as("killed before the end").isLessThan(4_000);

            sendNumbers(4_000, 7_000);
            Process second = query(models);
            awaitAnswers(inbox, 4_500);
            kill(second);
            assertThat(inbox.answers().size()).as("killed before the end").isLessThan(7_000);

            Process third = query(models);
            sendNumbers(7_000, MESSAGES - STEADY);
            awaitAnswers(inbox, MESSAGES - STEADY);
            for (int from = MESSAGES - STEADY; from < MESSAGES; from += 30) {
                sendNumbers(from, from + 30);
                if (from == MESSAGES - STEADY / 2) {
                    Exports.times(models, 2);
                }
                TimeUnit.MILLISECONDS.sleep(100); // 300 messages a second
            }
            awaitAnswers(inbox, MESSAGES);
            sendNumbers(MESSAGES, MESSAGES + 100);
            awaitAnswers(inbox, MESSAGES + 100);

            server.close();
            assertThat(third.waitFor(120, TimeUnit.SECONDS))
                    .as("the query ends without Kafka")
                    .isTrue();
            assertThat(third.exitValue()).isEqualTo(1);
            assertThat(folder.resolve("query-2.log"))
                    .content()
                    .contains("the Kafka at 127.0.0.1:" + server.port() + " does not answer within 8 s");
            check(inbox);
        } finally {
            queries.forEach(Process::destroyForcibly);
        }
    }

    private static void check(Inbox inbox) throws IOException {
        ObjectMapper json = new ObjectMapper();
        assertThat(inbox.times()).hasSize(MESSAGES + 100);
        assertThat(inbox.times().values()).as("each once").containsOnly(1);
        TreeSet<Integer> versions = new TreeSet<>();
        List<Long> millis = new ArrayList<>();
        for (Inbox.Answer answer : inbox.answers()) {
            int number = Integer.parseInt(answer.key().substring(1));
            JsonNode got = json.readTree(answer.text());
            if (number % 1000 == 500) {
                assertThat(got.path("error").asText()).isEqualTo("not like {\"x\": 1.5}");
            } else {
                assertThat(got.path("y").asDouble())
                        .as("%s", answer)
                        .isEqualTo((double) number * got.path("version").asInt());
                versions.add(got.path("version").asInt());
            }
            if (number >= MESSAGES - STEADY && number < MESSAGES) {
                millis.add(answer.millis());
            }
        }
        assertThat(versions).containsExactly(1, 2);
        millis.sort(null);
        System.out.printf(
                Locale.ROOT,
                "%,d messages, query killed twice: each answered once; 300 messages/s: p50 %d ms, p99 %d ms%n",
                MESSAGES,
                millis.get(millis.size() / 2),
                millis.get(millis.size() * 99 / 100));
    }

    @Test
    @Order(2)
    void picturesAreAnsweredWithALabelAndBrokenOnesWithTheReason() throws Exception {
        Path graph = Exports.channels(folder.resolve("channels.pb"));
        Path labels = Files.write(folder.resolve("labels.txt"), List.of("red", "green", "blue"));
        send("pictures", 0, png(0x00FF00));
        send("pictures", 1, png(0x0000FF));
        send("pictures", 2, new byte[] {1, 2, 3});
        send("pictures", 3, new byte[0]);
        producer.flush();

        for (String run : List.of("first", "second")) { // which has no checkpoint of the first, but its name
            String[] args = args(
                    "pictures",
                    "--to",
                    "labels",
                    "--graph",
                    graph.toString(),
                    "--pictures",
                    "4,0,1",
                    "--input",
                    "pixels=x",
                    "--output",
                    "scores=scores",
                    "--labels",
                    labels.toString(),
                    "--all-there",
                    "--master",
                    "local[2]");
            args[5] += run;
            assertThat(said(0, args)).contains((run.equals("first") ? 4 : 6) + " messages answered");
            send("pictures", 4, png(0xFF0000)); // the last of each partition
            send("pictures", 5, png(0xFF0000));
            producer.flush();
        }

        try (Inbox inbox = new Inbox(server.brokers(), "labels", PARTITIONS)) {
            await().atMost(LIMIT).until(() -> inbox.answers().size() >= 6);
            assertThat(inbox.times()).hasSize(6);
            assertThat(inbox.times().values()).containsOnly(1);
            ObjectMapper json = new ObjectMapper();
            for (Inbox.Answer answer : inbox.answers()) {
                JsonNode got = json.readTree(answer.text());
                switch (answer.key()) {
                    case "k0" -> assertThat(got.path("label").asText()).isEqualTo("green");
                    case "k1" -> {
                        assertThat(got.path("label").asText()).isEqualTo("blue");
                        assertThat(got.path("score").asDouble()).isEqualTo(1);
                    }
                    case "k4", "k5" -> assertThat(got.path("label").asText()).isEqualTo("red");
                    default ->
                        assertThat(got.path("error").asText()).as("%s", answer).isNotBlank();
                }
            }
        }
    }

    private static byte[] png(int colour) throws IOException {
        BufferedImage image = new BufferedImage(9, 7, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 63; i++) {
            image.setRGB(i % 9, i / 9, colour);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(image, "png", out);
        return out.toByteArray();
    }

    @Test
    @Order(1)
    void answersOfASqlFunctionLieOnceInMongoDbHoweverOftenTheyAreMade() throws Exception {
        Path models = folder.resolve("sql-models");
        Exports.times(models, 7);
        for (int i = 0; i < 40; i++) {
            send(
                    "rows",
                    i,
                    ("{\"x\": [" + i + (i == 30 ? "" : ", 1") + "], \"name\": \"n" + i + "\"}").getBytes(UTF_8));
        }
        producer.flush();
        MongoServer mongo = new MongoServer(H2Backend.inMemory());
        try {
            String uri = "mongodb://127.0.0.1:" + mongo.bind().getPort() + "/shop.answers";
            for (String run : List.of("first", "second")) { // which knows nothing of the first
                StringWriter said = new StringWriter();
                String[] args = args(
                        "rows",
                        "--to-mongo",
                        uri,
                        "--model",
                        models.toString(),
                        "--example",
                        "{\"x\": [1, 1], \"name\": \"\"}",
                        "--select",
                        "model(x[0] + x[1]) AS m",
                        "--select",
                        "upper(name) AS name",
                        "--all-there");
                args[5] += run;
                int code = Streaming.run(args, new PrintWriter(said), new PrintWriter(said));
                assertThat(code).as("%s", said).isZero();
            }
            try (MongoClient client = MongoClients.create(uri)) {
                List<Document> all = client.getDatabase("shop")
                        .getCollection("answers")
                        .find()
                        .into(new ArrayList<>());
                assertThat(all).hasSize(40);
                for (Document each : all) {
                    int number = Integer.parseInt(each.getString("key").substring(1));
                    Document answer = each.get("answer", Document.class);
                    assertThat(each.getString("_id")).isEqualTo("rows-" + number % 2 + "-" + number / 2);
                    if (number == 30) {
                        assertThat(answer.getString("error")).startsWith("not like");
                    } else {
                        assertThat(answer.getString("name")).isEqualTo("N" + number);
                        assertThat(answer.get("m", Document.class).getDouble("y"))
                                .isEqualTo(7d * (number + 1));
                    }
                }
            }
        } finally {
            mongo.shutdownNow();
        }
    }

    @Test
    @Order(0)
    void whatIsWrongIsSaidBeforeSparkStarts() {
        String[] good = {"--example", "{\"x\": 1}", "--model", "m", "--to", "answers"};

        assertThat(said(2, args("numbers", "--to", "answers"))).contains("--model or --graph");
        assertThat(said(2, args("numbers", "--model", "m", "--to", "answers"))).contains("say what messages are");
        assertThat(said(2, args("numbers", "--to", "a", "--to-mongo", "mongodb://h/d.c")))
                .contains("--to or --to-mongo");
        assertThat(said(2, "film", "--graph", "g.pb", "--example", "{}", "a.mp4"))
                .contains("films want --pictures and --labels");
        assertThat(said(1, args("nobody", good))).contains("no topic nobody").contains("answers, labels, numbers");
        String[] gone = args("numbers", good);
        gone[1] = "127.0.0.1:1";
        gone[7] = "2";
        assertThat(said(1, gone)).contains("the Kafka at 127.0.0.1:1 does not answer within 2 s");
    }

    private static String said(int code, String... args) {
        StringWriter said = new StringWriter();
        assertThat(Streaming.run(args, new PrintWriter(said), new PrintWriter(said)))
                .as("%s", said)
                .isEqualTo(code);
        return said.toString();
    }
}
