package io.tfcluster.examples.flowers;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.MongoException;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.Accumulators;
import com.mongodb.client.model.Aggregates;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.Indexes;
import com.mongodb.client.model.Projections;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.bson.Document;
import org.bson.conversions.Bson;
import org.bson.types.Binary;
import org.bson.types.ObjectId;

/** The collection of pictures, as the driver sees it: connected to, counted, written to. Spark's tasks read it through {@link PictureReader}. */
final class PictureStore implements AutoCloseable {

    static final String DATABASE = "flowers";
    static final String COLLECTION = "pictures";
    private static final int PATIENCE_MILLIS = 5000;

    private final String uri;
    private final String database;
    private final String collection;
    private final MongoClient client;

    private PictureStore(String uri, String database, String collection, MongoClient client) {
        this.uri = uri;
        this.database = database;
        this.collection = collection;
        this.client = client;
    }

    /**
     * Connects, and makes sure that somebody answers.
     *
     * @param collection used when the URI names none
     * @throws FlowersException within seconds when nothing answers there
     */
    static PictureStore connect(String uri, String collection) {
        ConnectionString parsed;
        try {
            parsed = new ConnectionString(uri);
        } catch (IllegalArgumentException e) {
            throw new FlowersException("--mongo-uri " + uri + " is no MongoDB URI (" + e.getMessage()
                    + "); write it like mongodb://host:27017/flowers.pictures");
        }
        String database = parsed.getDatabase() == null ? DATABASE : parsed.getDatabase();
        String name = parsed.getCollection() == null ? collection : parsed.getCollection();
        MongoClientSettings.Builder settings = MongoClientSettings.builder().applyConnectionString(parsed);
        if (parsed.getServerSelectionTimeout() == null) {
            settings.applyToClusterSettings(c -> c.serverSelectionTimeout(PATIENCE_MILLIS, TimeUnit.MILLISECONDS));
        }
        PictureStore store = new PictureStore(uri, database, name, MongoClients.create(settings.build()));
        try {
            store.asking(() -> store.client.getDatabase(database).runCommand(new Document("ping", 1)));
        } catch (RuntimeException e) {
            store.close();
            throw e;
        }
        return store;
    }

    String uri() {
        return uri;
    }

    String database() {
        return database;
    }

    String collectionName() {
        return collection;
    }

    /** For messages: where the pictures are, without user and password. */
    String place() {
        return uri.replaceAll("//[^@/]*@", "//").replaceAll("[?].*", "") + " (" + database + "." + collection + ")";
    }

    /** The ids among these that are there already. */
    Set<String> known(List<String> ids) {
        return asking(() -> {
            Set<String> found = new HashSet<>();
            for (Document document : collection().find(Filters.in("_id", ids)).projection(Projections.include("_id"))) {
                found.add(document.getString("_id"));
            }
            return found;
        });
    }

    void insert(List<Document> documents) {
        if (!documents.isEmpty()) {
            asking(() -> collection().insertMany(documents));
        }
    }

    void createIndexes() {
        asking(() -> collection().createIndex(Indexes.ascending("split")));
    }

    /**
     * The names of the classes in the order of their labels.
     *
     * @throws FlowersException if the collection is empty, or labels and names do not go together one to one from 0 without a gap
     */
    List<String> classes() {
        return asking(() -> {
            TreeMap<Long, String> names = new TreeMap<>();
            List<Bson> pipeline = List.of(Aggregates.group(
                    new Document("label", "$label").append("name", "$class_name"),
                    Accumulators.sum("count", 1),
                    Accumulators.first("example", "$_id")));
            List<Document> groups = collection().aggregate(pipeline).into(new ArrayList<>());
            if (groups.isEmpty()) {
                throw new FlowersException("the collection at " + place()
                        + " is empty; fill it with: bin/flowers load --images DIR --mongo-uri URI");
            }
            groups.sort((a, b) -> Long.compare(label(a), label(b)));
            for (Document group : groups) {
                long label = label(group);
                if (label != names.size() || !(group.get("_id", Document.class).get("name") instanceof String name)) {
                    throw unknownLabel(group, names);
                }
                names.put(label, name);
            }
            if (names.size() < 2) {
                throw new FlowersException("all pictures at " + place() + " are of one class, " + names.get(0L)
                        + "; there is nothing to tell apart");
            }
            return List.copyOf(names.values());
        });
    }

    private FlowersException unknownLabel(Document group, Map<Long, String> names) {
        Object name = group.get("_id", Document.class).get("name");
        Object label = group.get("_id", Document.class).get("label");
        return new FlowersException(
                "unknown label: " + group.get("count") + " of the documents at " + place() + " (for example _id "
                        + group.get("example") + ") have label " + label + " and class_name " + name
                        + ", known so far: " + names
                        + ". Labels count from 0 without a gap, each with one class_name; correct or remove these documents.");
    }

    private static long label(Document group) {
        return group.get("_id", Document.class).get("label") instanceof Number number ? number.longValue() : -1;
    }

    /** Some pictures by the ids that {@link PictureReader} gave them, each passed through {@code change} as it comes. */
    Map<String, byte[]> images(List<String> ids, UnaryOperator<byte[]> change) {
        List<Object> keys = new ArrayList<>(ids);
        ids.stream().filter(ObjectId::isValid).map(ObjectId::new).forEach(keys::add);
        return asking(() -> {
            Map<String, byte[]> found = new HashMap<>();
            for (Document document : collection()
                    .find(Filters.in("_id", keys))
                    .projection(Projections.include("image"))
                    .batchSize(10)) {
                found.put(
                        String.valueOf(document.get("_id")),
                        change.apply(document.get("image", Binary.class).getData()));
            }
            return found;
        });
    }

    long count() {
        return asking(() -> collection().countDocuments());
    }

    private MongoCollection<Document> collection() {
        return client.getDatabase(database).getCollection(collection);
    }

    private <T> T asking(Supplier<T> question) {
        try {
            return question.get();
        } catch (MongoException e) {
            throw new FlowersException(
                    "no answer from MongoDB at " + place() + ": " + firstSentence(e)
                            + ". Start it, correct --mongo-uri, or leave --mongo-uri out to use the embedded one.",
                    e);
        }
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
