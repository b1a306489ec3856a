package io.tfcluster.feeding;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Results on their way from several nodes back into row order; guarded by the session's lock. */
final class ResultQueue {
    private record Sent(FeedClient client, int rows) {}

    private final TreeMap<Long, Sent> sent = new TreeMap<>();
    private final TreeMap<Long, Block> arrived = new TreeMap<>();
    private long head;

    void sent(FeedClient client, long firstRow, int rows) {
        sent.put(firstRow, new Sent(client, rows));
    }

    /** Returns how many rows a RESULTS frame answers. */
    int add(FeedClient client, ByteBuffer frame) {
        long firstRow = frame.getLong();
        int rows = frame.getInt();
        byte[] schema = new byte[Math.min(frame.remaining(), Math.max(0, frame.getInt()))];
        frame.get(schema);
        Block block = Block.of(Wire.readSchema(ByteBuffer.wrap(schema)), firstRow, rows, frame.slice());
        Map.Entry<Long, Sent> question = sent.floorEntry(firstRow);
        if (question == null
                || question.getValue().client() != client
                || firstRow + rows > question.getKey() + question.getValue().rows()) {
            throw new WireException("results for rows " + firstRow + " to " + (firstRow + rows - 1)
                    + ", which were not sent to this node as one block");
        }
        Map.Entry<Long, Block> before = arrived.lowerEntry(firstRow + rows);
        if (firstRow < head
                || (before != null && before.getKey() + before.getValue().rows() > firstRow)) {
            throw new WireException("results for rows " + firstRow + " to " + (firstRow + rows - 1) + " came twice");
        }
        arrived.put(firstRow, block);
        return rows;
    }

    /** Returns whether the result of the next row in order is here. */
    boolean isHeadReady() {
        return !arrived.isEmpty() && arrived.firstKey() <= head;
    }

    /** Returns the block that holds the next row in order, or null if it is not here yet. */
    @Nullable
    Block headBlock() {
        return isHeadReady() ? arrived.firstEntry().getValue() : null;
    }

    /** Returns the number of the next row in order. */
    long head() {
        return head;
    }

    /** Moves on by one row, forgetting a block that has been read. */
    void advance() {
        head++;
        Map.Entry<Long, Block> first = arrived.firstEntry();
        if (first.getKey() + first.getValue().rows() <= head) {
            arrived.remove(first.getKey());
        }
        Map.Entry<Long, Sent> question = sent.firstEntry();
        if (question.getKey() + question.getValue().rows() <= head) {
            sent.remove(question.getKey());
        }
    }
}
