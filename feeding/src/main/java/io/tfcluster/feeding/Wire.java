package io.tfcluster.feeding;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** The frames of the feed protocol: 4-byte length, kind, fields (big-endian); payloads of blocks are little-endian columns. */
final class Wire {
    static final byte VERSION = 1;

    /** Largest frame other than a block or results. */
    static final int CONTROL_LIMIT = 1 << 20;

    /** Largest frame of results that a feeder accepts. */
    static final int RESULTS_LIMIT = 1 << 30;

    static final byte OPEN = 1;
    static final byte BLOCK = 2;
    static final byte END = 3;
    static final byte ACCEPT = 17;
    static final byte REFUSE = 18;
    static final byte TERMINATED = 19;
    static final byte CONSUMED = 20;
    static final byte CREDIT = 21;
    static final byte RESULTS = 22;
    static final byte DONE = 23;
    static final byte FAILED = 24;

    /** Bytes between the length and the payload of a BLOCK: kind, first row, rows. */
    static final int BLOCK_HEADER = 1 + Long.BYTES + Integer.BYTES;

    /** Bytes of an END: kind, rows, whether the feeder waits for DONE. */
    static final int END_LENGTH = 1 + Long.BYTES + 1;

    private static final int MAX_TEXT = 16_384;
    private static final int MAX_RANK = 16;

    private Wire() {}

    /** How a feeder introduces itself. */
    record Open(FeedPartition partition, boolean wantsResults, int blockBytes, FeedSchema schema) {}

    /**
     * What a node answers.
     *
     * @param credit bytes that may be sent at once
     * @param unit a block may be sent while the credit left is at least the smaller of its bytes and this
     * @param maxBlockBytes larger blocks are refused
     */
    record Accept(long credit, int unit, long maxBlockBytes) {}

    static ByteBuffer open(Open open) {
        byte[] feed = text(open.partition().feed());
        byte[] schema = schema(open.schema());
        ByteBuffer frame = ByteBuffer.allocate(32 + feed.length + schema.length);
        frame.put(OPEN).put(VERSION).putShort((short) feed.length).put(feed);
        frame.putLong(open.partition().epoch()).putInt(open.partition().partition());
        frame.putLong(open.partition().attempt()).put((byte) (open.wantsResults() ? 1 : 0));
        return frame.putInt(open.blockBytes()).put(schema).flip();
    }

    static Open readOpen(ByteBuffer frame) {
        try {
            byte kind = frame.get();
            if (kind != OPEN) {
                throw new WireException("the first frame must be OPEN (1), got kind " + kind);
            }
            byte version = frame.get();
            if (version != VERSION) {
                throw new WireException("the feeder speaks version " + version + " of the feed protocol, this node "
                        + VERSION + "; use the same tfcluster version on driver, executors and nodes");
            }
            String feed = readText(frame);
            FeedPartition partition = new FeedPartition(feed, frame.getLong(), frame.getInt(), frame.getLong());
            boolean results = frame.get() != 0;
            int blockBytes = frame.getInt();
            if (blockBytes < 1) {
                throw new WireException("block size of " + blockBytes + " bytes announced");
            }
            return new Open(partition, results, blockBytes, readSchema(frame));
        } catch (BufferUnderflowException e) {
            throw new WireException("the OPEN frame ends too early");
        } catch (IllegalArgumentException e) {
            throw new WireException("the OPEN frame is not valid: " + e.getMessage());
        }
    }

    static ByteBuffer accept(Accept accept) {
        return ByteBuffer.allocate(21)
                .put(ACCEPT)
                .putLong(accept.credit())
                .putInt(accept.unit())
                .putLong(accept.maxBlockBytes())
                .flip();
    }

    static ByteBuffer bare(byte kind) {
        return ByteBuffer.wrap(new byte[] {kind});
    }

    static ByteBuffer message(byte kind, String message) {
        byte[] bytes = text(message);
        return ByteBuffer.allocate(3 + bytes.length)
                .put(kind)
                .putShort((short) bytes.length)
                .put(bytes)
                .flip();
    }

    static ByteBuffer consumed(long firstRow, int rows) {
        return ByteBuffer.allocate(13)
                .put(CONSUMED)
                .putLong(firstRow)
                .putInt(rows)
                .flip();
    }

    static ByteBuffer number(byte kind, long value) {
        return ByteBuffer.allocate(9).put(kind).putLong(value).flip();
    }

    static ByteBuffer end(long rows, boolean waits) {
        return ByteBuffer.allocate(END_LENGTH)
                .put(END)
                .putLong(rows)
                .put((byte) (waits ? 1 : 0))
                .flip();
    }

    static byte[] schema(FeedSchema schema) {
        int length = 2;
        for (Column column : schema.columns()) {
            length += 5
                    + text(column.name()).length
                    + text(column.type().name()).length
                    + 8 * column.shape().size();
        }
        ByteBuffer out = ByteBuffer.allocate(length);
        out.putShort((short) schema.columns().size());
        for (Column column : schema.columns()) {
            byte[] name = text(column.name());
            out.putShort((short) name.length).put(name);
            byte[] type = text(column.type().name());
            out.putShort((short) type.length).put(type);
            out.put((byte) column.shape().size());
            column.shape().forEach(out::putLong);
        }
        return out.array();
    }

    static FeedSchema readSchema(ByteBuffer in) {
        int count = Short.toUnsignedInt(in.getShort());
        List<Column> columns = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String name = readText(in);
            ColumnType type = ColumnType.valueOf(readText(in));
            int rank = in.get();
            if (rank < 0 || rank > MAX_RANK) {
                throw new WireException("column " + name + " has rank " + rank + ", the limit is " + MAX_RANK);
            }
            List<Long> shape = new ArrayList<>();
            for (int axis = 0; axis < rank; axis++) {
                shape.add(in.getLong());
            }
            columns.add(new Column(name, type, shape));
        }
        return new FeedSchema(columns);
    }

    static String readText(ByteBuffer in) {
        byte[] bytes = new byte[Short.toUnsignedInt(in.getShort())];
        in.get(bytes);
        return new String(bytes, UTF_8);
    }

    private static byte[] text(String text) {
        String cut = text.length() > MAX_TEXT ? text.substring(0, MAX_TEXT) + " …" : text;
        return cut.getBytes(UTF_8);
    }
}
