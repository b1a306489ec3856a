package io.tfcluster.examples.common;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.MongoException;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.Projections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.SparkSession;
import org.bson.Document;

/** A collection of MongoDB as the driver sees it, and how Spark's tasks read it. Made by {@link #connect}, closed by who made it. */
public final class MongoStore implements AutoCloseable {

    private static final int PATIENCE_MILLIS = 5000;

    private final String uri;
    private final String option;
    private final String database;
    private final String collection;
    private final MongoClient client;

    private MongoStore(String uri, String option, String database, String collection, MongoClient client) {
        this.uri = uri;
        this.option = option;
        this.database = database;
        this.collection = collection;
        this.client = client;
    }

    /**
     * Connects, and makes sure that somebody answers.
     *
     * @param option of the command line that the URI comes from, for messages
     * @param database used when the URI names none
     * @param collection likewise
     * @throws ExampleException within seconds when nothing answers there
     */
    public static MongoStore connect(String uri, String option, String database, String collection) {
        ConnectionString parsed;
        try {
            parsed = new ConnectionString(uri);
        } catch (IllegalArgumentException e) {
            throw new ExampleException(option + " " + uri + " is no MongoDB URI (" + e.getMessage()
                    + "); write it like mongodb://host:27017/" + database + "." + collection);
        }
        String base = parsed.getDatabase() == null ? database : parsed.getDatabase();
        String name = parsed.getCollection() == null ? collection : parsed.getCollection();
        MongoClientSettings.Builder settings = MongoClientSettings.builder().applyConnectionString(parsed);
        if (parsed.getServerSelectionTimeout() == null) {
            settings.applyToClusterSettings(c -> c.serverSelectionTimeout(PATIENCE_MILLIS, TimeUnit.MILLISECONDS));
        }
        MongoStore store = new MongoStore(uri, option, base, name, MongoClients.create(settings.build()));
        try {
            store.asking(() -> store.client.getDatabase(base).runCommand(new Document("ping", 1)));
        } catch (RuntimeException e) {
            store.close();
            throw e;
        }
        return store;
    }

    /** Returns the URI as it was given, with what is secret in it. */
    public String uri() {
        return uri;
    }

    /** For messages: where the collection is, without user and password. */
    public String place() {
        return uri.replaceAll("//[^@/]*@", "//").replaceAll("[?].*", "") + " (" + database + "." + collection + ")";
    }

    /** Returns the collection; what is asked of it outside of {@link #asking} fails with the driver's own words. */
    public MongoCollection<Document> collection() {
        return client.getDatabase(database).getCollection(collection);
    }

    /**
     * Asks.
     *
     * @throws ExampleException if there is no answer; the text names the place and what to do
     */
    public <T> T asking(Supplier<T> question) {
        try {
            return question.get();
        } catch (MongoException e) {
            throw new ExampleException(
                    "no answer from MongoDB at " + place() + ": " + firstSentence(e) + ". Start it, correct " + option
                            + ", or leave " + option + " out to use the embedded one.",
                    e);
        }
    }

    /** Returns how many documents there are. */
    public long count() {
        return asking(() -> collection().countDocuments());
    }

    /** Returns the ids among these that are there already. */
    public Set<String> known(List<String> ids) {
        return asking(() -> {
            Set<String> found = new HashSet<>();
            for (Document document : collection().find(Filters.in("_id", ids)).projection(Projections.include("_id"))) {
                found.add(document.getString("_id"));
            }
            return found;
        });
    }

    /** Inserts them in one message. */
    public void insert(List<Document> documents) {
        if (!documents.isEmpty()) {
            asking(() -> collection().insertMany(documents));
        }
    }

    /**
     * Returns a reader of the collection, to be given a schema; a value of another type becomes null.
     *
     * <p>The connector's default partitioner asks for $collStats and $bucketAuto, which the embedded server does not have; this one counts
     * and walks the index on _id, on every server.
     *
     * @param partitions at most so many
     */
    public DataFrameReader reader(SparkSession spark, int partitions) {
        return spark.read()
                .format("mongodb")
                .option("connection.uri", uri)
                .option("database", database)
                .option("collection", collection)
                .option("mode", "PERMISSIVE")
                .option(
                        "partitioner",
                        "com.mongodb.spark.sql.connector.read.partitioner.PaginateIntoPartitionsPartitioner")
                .option("partitioner.options.max.number.of.partitions", String.valueOf(partitions));
    }

    private static String firstSentence(MongoException e) {
        String message = String.valueOf(e.getMessage());
        int end = message.indexOf(". Client view");
        return end < 0 ? message : message.substring(0, end);
    }

    @Override
    public void close() {
        client.close();
    }
}
