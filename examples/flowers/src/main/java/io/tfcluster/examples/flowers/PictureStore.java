package io.tfcluster.examples.flowers;

import com.mongodb.client.model.Accumulators;
import com.mongodb.client.model.Aggregates;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.Indexes;
import com.mongodb.client.model.Projections;
import io.tfcluster.examples.common.ExampleException;
import io.tfcluster.examples.common.MongoStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.SparkSession;
import org.bson.Document;
import org.bson.conversions.Bson;
import org.bson.types.Binary;
import org.bson.types.ObjectId;

/** The collection of pictures, as the driver sees it: connected to, counted, written to. Spark's tasks read it through {@link PictureReader}. */
final class PictureStore implements AutoCloseable {

    static final String DATABASE = "flowers";
    static final String COLLECTION = "pictures";
    private final MongoStore store;

    private PictureStore(MongoStore store) {
        this.store = store;
    }

    /**
     * Connects, and makes sure that somebody answers.
     *
     * @param collection used when the URI names none
     * @throws ExampleException within seconds when nothing answers there
     */
    static PictureStore connect(String uri, String collection) {
        return new PictureStore(MongoStore.connect(uri, "--mongo-uri", DATABASE, collection));
    }

    String uri() {
        return store.uri();
    }

    /** For messages: where the pictures are, without user and password. */
    String place() {
        return store.place();
    }

    /** How Spark's tasks read them; the schema is still to be given. */
    DataFrameReader reader(SparkSession spark, int partitions) {
        return store.reader(spark, partitions);
    }

    /** The ids among these that are there already. */
    Set<String> known(List<String> ids) {
        return store.known(ids);
    }

    void insert(List<Document> documents) {
        store.insert(documents);
    }

    void createIndexes() {
        store.asking(() -> store.collection().createIndex(Indexes.ascending("split")));
    }

    /**
     * The names of the classes in the order of their labels.
     *
     * @throws ExampleException if the collection is empty, or labels and names do not go together one to one from 0 without a gap
     */
    List<String> classes() {
        return store.asking(() -> {
            TreeMap<Long, String> names = new TreeMap<>();
            List<Bson> pipeline = List.of(Aggregates.group(
                    new Document("label", "$label").append("name", "$class_name"),
                    Accumulators.sum("count", 1),
                    Accumulators.first("example", "$_id")));
            List<Document> groups = store.collection().aggregate(pipeline).into(new ArrayList<>());
            if (groups.isEmpty()) {
                throw new ExampleException("the collection at " + place()
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
                throw new ExampleException("all pictures at " + place() + " are of one class, " + names.get(0L)
                        + "; there is nothing to tell apart");
            }
            return List.copyOf(names.values());
        });
    }

    private ExampleException unknownLabel(Document group, Map<Long, String> names) {
        Object name = group.get("_id", Document.class).get("name");
        Object label = group.get("_id", Document.class).get("label");
        return new ExampleException(
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
        return store.asking(() -> {
            Map<String, byte[]> found = new HashMap<>();
            for (Document document : store.collection()
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
        return store.count();
    }

    @Override
    public void close() {
        store.close();
    }
}
