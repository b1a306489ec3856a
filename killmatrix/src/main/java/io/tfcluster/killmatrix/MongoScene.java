package io.tfcluster.killmatrix;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import io.tfcluster.FeedInput;
import io.tfcluster.examples.common.EmbeddedMongoServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.bson.Document;

/** A MongoDB server in a process of its own, with the rows of a training in it, that comes to harm while they are read. */
final class MongoScene implements SharedCase.Scene, AutoCloseable {
    /** Four attempts of a task that each wait for an answer. */
    static final Duration FROZEN_LIMIT = Duration.ofSeconds(40);

    private static final String QUICK_TO_GIVE_UP =
            "/?serverSelectionTimeoutMS=1000&connectTimeoutMS=1000&socketTimeoutMS=4000";
    private static final String DATABASE = "matrix";
    private static final String COLLECTION = "rows";
    private static final int PAYLOAD = 16 << 10;
    private static final long PAUSE_SECONDS = 2;
    private static final long END_SECONDS = 8;

    private final SparkSession spark;
    private final Process process;
    private final Relay relay;

    private MongoScene(SparkSession spark, Process process, Relay relay) {
        this.spark = spark;
        this.process = process;
        this.relay = relay;
    }

    static MongoScene start(SparkSession spark, Path folder) {
        try {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx512m",
                            "-XX:+UseSerialGC",
                            "-Djava.util.Arrays.useLegacyMergeSort=true",
                            "-Dlog4j2.configurationFile=killmatrix-log4j2.properties",
                            "-cp",
                            System.getProperty("java.class.path"),
                            EmbeddedMongoServer.class.getName(),
                            folder.resolve("mongo").toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            BufferedReader out =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            String line = out.readLine();
            if (line == null || !line.startsWith(EmbeddedMongoServer.READY)) {
                process.destroyForcibly();
                throw new IllegalStateException("the embedded MongoDB did not start: " + line);
            }
            int port = Integer.parseInt(line.substring(EmbeddedMongoServer.READY.length()));
            fill(uri(port));
            return new MongoScene(spark, process, Relay.to(port));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start the embedded MongoDB", e);
        }
    }

    private static String uri(int port) {
        return "mongodb://127.0.0.1:" + port;
    }

    private static void fill(String server) {
        try (MongoClient client = MongoClients.create(server)) {
            MongoCollection<Document> rows = client.getDatabase(DATABASE).getCollection(COLLECTION);
            List<Document> documents = new ArrayList<>();
            for (long id = 0; id < Plan.ROWS; id++) {
                documents.add(new Document("_id", id).append("id", id).append("payload", new byte[PAYLOAD]));
            }
            rows.insertMany(documents);
        }
    }

    @Override
    public FeedInput rows(Plan plan) {
        return FeedInput.of(spark.read()
                .format("mongodb")
                .option("connection.uri", uri(relay.port()) + QUICK_TO_GIVE_UP)
                .option("database", DATABASE)
                .option("collection", COLLECTION)
                .option(
                        "partitioner",
                        "com.mongodb.spark.sql.connector.read.partitioner.PaginateIntoPartitionsPartitioner")
                .option("partitioner.options.max.number.of.partitions", String.valueOf(Plan.PARTITIONS))
                .schema(new StructType().add("id", DataTypes.LongType).add("payload", DataTypes.BinaryType))
                .load());
    }

    @Override
    public int payload() {
        return PAYLOAD;
    }

    @Override
    public void damage(How how) {
        switch (how) {
            case SIGKILL -> Signals.send("KILL", process.pid());
            case SIGSTOP -> Signals.send("STOP", process.pid());
            case PAUSE -> Signals.pause(process.pid(), PAUSE_SECONDS);
            case CUT_CLIENTS -> relay.cut();
            default -> throw new IllegalArgumentException("MongoDB suffers no " + how);
        }
    }

    @Override
    public void close() {
        relay.close();
        try {
            process.getOutputStream().close();
            if (!process.waitFor(0, TimeUnit.SECONDS)) {
                Signals.send("CONT", process.pid());
                if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            }
        } catch (IOException e) {
            process.destroyForcibly(); // its standard input has gone with it
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
