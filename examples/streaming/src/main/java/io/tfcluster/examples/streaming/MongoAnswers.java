package io.tfcluster.examples.streaming;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.MongoException;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.BulkWriteOptions;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.ReplaceOneModel;
import com.mongodb.client.model.ReplaceOptions;
import io.tfcluster.examples.common.ExampleException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.ForeachWriter;
import org.apache.spark.sql.Row;
import org.bson.Document;
import org.jspecify.annotations.Nullable;

/**
 * Writes answers to a collection of MongoDB. The message's topic, partition and offset are the id of its answer: when Spark repeats a
 * micro-batch, answers are replaced by the same ones. Rows are as {@link Answers} makes them.
 */
final class MongoAnswers extends ForeachWriter<Row> {
    private static final long serialVersionUID = 1L;
    private static final int BATCH = 500;
    private static final int LIMIT_SECONDS = 15;

    private final String uri;

    @SuppressWarnings("serial") // each task makes its own
    private transient @Nullable MongoClient client;

    @SuppressWarnings("serial") // as the client
    private transient @Nullable List<ReplaceOneModel<Document>> waiting;

    /** Makes a writer to the collection of a URI such as {@code mongodb://host:27017/database.collection}. */
    MongoAnswers(String uri) {
        ConnectionString parsed = new ConnectionString(uri);
        if (parsed.getDatabase() == null || parsed.getCollection() == null) {
            throw new IllegalArgumentException(
                    "the URI must name database and collection, as mongodb://host:27017/shop.answers does, got "
                            + parsed.getHosts() + "/" + parsed.getDatabase());
        }
        this.uri = uri;
    }

    @Override
    public boolean open(long partitionId, long epochId) {
        waiting = new ArrayList<>();
        return true;
    }

    @Override
    public void process(Row row) {
        String id = row.getAs("topic") + "-" + row.getAs("partition") + "-" + row.getAs("offset");
        byte[] key = row.getAs("key");
        Document answer = new Document("_id", id)
                .append("key", key == null ? null : new String(key, StandardCharsets.UTF_8))
                .append("sent", row.<java.sql.Timestamp>getAs("timestamp").toInstant())
                .append("answer", Document.parse(row.getAs("answer")));
        List<ReplaceOneModel<Document>> list = waiting;
        if (list == null) {
            throw new IllegalStateException("a row came before open()");
        }
        list.add(new ReplaceOneModel<>(Filters.eq("_id", id), answer, new ReplaceOptions().upsert(true)));
        if (list.size() >= BATCH) {
            flush(list);
        }
    }

    private void flush(List<ReplaceOneModel<Document>> list) {
        if (list.isEmpty()) {
            return;
        }
        ConnectionString place = new ConnectionString(uri);
        try {
            MongoClient open = client;
            if (open == null) {
                open = MongoClients.create(MongoClientSettings.builder()
                        .applyConnectionString(place)
                        .applyToClusterSettings(
                                cluster -> cluster.serverSelectionTimeout(LIMIT_SECONDS, TimeUnit.SECONDS))
                        .build());
                client = open;
            }
            MongoCollection<Document> answers = open.getDatabase(String.valueOf(place.getDatabase()))
                    .getCollection(String.valueOf(place.getCollection()));
            answers.bulkWrite(list, new BulkWriteOptions().ordered(false));
            list.clear();
        } catch (MongoException e) {
            throw new ExampleException(
                    "the MongoDB at " + place.getHosts() + " does not take answers (" + e.getMessage()
                            + "). When it is back, start again with the same --checkpoint: what was not written is written then.",
                    e);
        }
    }

    @Override
    public void close(@Nullable Throwable error) {
        try {
            if (error == null && waiting != null) {
                flush(waiting);
            }
        } finally {
            if (client != null) {
                client.close();
                client = null;
            }
        }
    }
}
