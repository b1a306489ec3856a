package io.tfcluster.examples.common;

import de.bwaldvogel.mongo.backend.AbstractCursor;
import de.bwaldvogel.mongo.backend.Cursor;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.bson.BinData;
import de.bwaldvogel.mongo.bson.Document;
import io.netty.channel.Channel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.h2.mvstore.MVStore;
import org.jspecify.annotations.Nullable;

/**
 * The embedded server's store, taught what MongoDB does and it does not: an answer ends at 16 MB and the rest is fetched with getMore.
 * Left alone it answers a query without batchSize in one message, and drivers refuse messages over 48 MB.
 */
final class EmbeddedMongoBackend extends H2Backend {

    private static final long MAX_BATCH_BYTES = 16L << 20;

    EmbeddedMongoBackend(MVStore store) {
        super(store);
    }

    @Override
    public Document handleCommand(Channel channel, String databaseName, String command, Document query) {
        Document response = super.handleCommand(channel, databaseName, command, query);
        if (response.get("cursor") instanceof Document cursor) {
            trim(cursor, cursor.containsKey("firstBatch") ? "firstBatch" : "nextBatch");
        }
        return response;
    }

    private void trim(Document answer, String field) {
        if (!(answer.get(field) instanceof Collection<?> batch)) {
            return;
        }
        List<Document> now = new ArrayList<>();
        ArrayDeque<Document> later = new ArrayDeque<>();
        long bytes = 0;
        for (Object entry : batch) {
            Document document = (Document) entry;
            bytes += bytes(document);
            if (now.isEmpty() || (later.isEmpty() && bytes <= MAX_BATCH_BYTES)) {
                now.add(document);
            } else {
                later.add(document);
            }
        }
        if (later.isEmpty()) {
            return;
        }
        long id = answer.get("id") instanceof Number number ? number.longValue() : 0;
        Cursor rest = null;
        if (id == 0) {
            id = getCursorRegistry().generateCursorId();
        } else {
            rest = getCursorRegistry().getCursor(id);
            getCursorRegistry().remove(id);
        }
        getCursorRegistry().add(new BoundedCursor(id, later, rest));
        answer.put(field, now);
        answer.put("id", id);
    }

    /** About as many bytes as the value takes on the wire; exact for what is large, pictures. */
    private static long bytes(@Nullable Object value) {
        if (value instanceof BinData binary) {
            return binary.getData().length + 16L;
        } else if (value instanceof String text) {
            return text.length() * 3L + 16;
        } else if (value instanceof Document document) {
            long sum = 16;
            for (Map.Entry<String, Object> field : document.entrySet()) {
                sum += field.getKey().length() + bytes(field.getValue());
            }
            return sum;
        } else if (value instanceof Collection<?> list) {
            long sum = 16;
            for (Object entry : list) {
                sum += 8 + bytes(entry);
            }
            return sum;
        }
        return 24;
    }

    /** What did not fit, followed by what the cursor held that was there before. */
    private static final class BoundedCursor extends AbstractCursor {
        private final ArrayDeque<Document> documents;
        private final @Nullable Cursor rest;

        BoundedCursor(long id, ArrayDeque<Document> documents, @Nullable Cursor rest) {
            super(id);
            this.documents = documents;
            this.rest = rest;
        }

        @Override
        public synchronized boolean isEmpty() {
            return documents.isEmpty() && (rest == null || rest.isEmpty());
        }

        @Override
        public synchronized List<Document> takeDocuments(int numberToReturn) {
            List<Document> taken = new ArrayList<>();
            long bytes = 0;
            while ((numberToReturn <= 0 || taken.size() < numberToReturn) && !isEmpty()) {
                if (documents.isEmpty() && rest != null) {
                    documents.addAll(rest.takeDocuments(1));
                }
                bytes += bytes(documents.getFirst());
                if (!taken.isEmpty() && bytes > MAX_BATCH_BYTES) {
                    break;
                }
                taken.add(documents.removeFirst());
            }
            return taken;
        }
    }
}
