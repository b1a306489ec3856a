package io.tfcluster.feeding;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The frames of the feed protocol: 4-byte length, kind, fields (big-endian); payloads of blocks are little-endian columns. */
final class Wire {
    static final byte VERSION = 3;

    /** Largest frame other than a block or results. */
    static final int CONTROL_LIMIT = 1 << 20;

    /** Largest frame of results that a feeder accepts. */
    static final int RESULTS_LIMIT = 1 << 30;

    static final byte OPEN = 1;
    static final byte BLOCK = 2;
    static final byte END = 3;
    static final byte COMPLETE = 4;
    static final byte PONG = 5;
    static final byte ACCEPT = 17;
    static final byte REFUSE = 18;
    static final byte TERMINATED = 19;
    static final byte CONSUMED = 20;
    static final byte CREDIT = 21;
    static final byte RESULTS = 22;
    static final byte DONE = 23;
    static final byte FAILED = 24;
    static final byte WAIT = 25;
    static final byte GRANTED = 26;
    static final byte COMPLETED = 27;
    static final byte PING = 28;

    /** Token of a feeder that asks for the lease on its partition. */
    static final long ASK = 0;

    /** Token of a feeder whose rows are in no ledger: for inference, which may ask for the same rows again and again. */
    static final long NO_LEDGER = -1;

    /** Bytes between the length and the payload of a BLOCK: kind, first row, rows, place in the node's order. */
    static final int BLOCK_HEADER = 1 + Long.BYTES + Integer.BYTES + Long.BYTES;

    /** Bytes of an END: kind, rows, whether the feeder waits for DONE. */
    static final int END_LENGTH = 1 + Long.BYTES + 1;

    private static final int MAX_TEXT = 16_384;
    private static final int MAX_RANK = 16;

    private Wire() {}

    /**
     * How a feeder introduces itself.
     *
     * @param token the lease it holds, {@link #ASK} or {@link #NO_LEDGER}
     * @param routes with ASK: names of all nodes that this attempt may give rows to
     * @param plan what the node gets of the epoch, if the feed is deterministic
     * @param endedEpoch the last epoch that had ended when this one began, -1 if none had
     */
    record Open(
            FeedPartition partition,
            boolean wantsResults,
            int blockBytes,
            FeedSchema schema,
            long token,
            List<String> routes,
            @Nullable NodePlan plan,
            long endedEpoch) {
        Open {
            if (endedEpoch < -1 || endedEpoch >= partition.epoch()) {
                throw new IllegalArgumentException(
                        "epoch " + endedEpoch + " cannot have ended before " + partition + " began");
            }
        }
    }

    /**
     * What one node gets of one epoch of a deterministic feed.
     *
     * @param blocks number of blocks
     * @param mostRows rows of the node that gets most
     */
    record NodePlan(long blocks, long mostRows) {}

    /**
     * The lease on a partition.
     *
     * @param token higher than that of every lease before
     * @param routes names of all nodes that attempts before may have given rows to
     */
    record Granted(long token, List<String> routes) {}

    /**
     * What became of a partition whose rows have all been counted.
     *
     * @param inputRows rows of the partition
     * @param rowsByNode rows that each node counts
     */
    record Completed(long inputRows, SortedMap<String, Long> rowsByNode) {}

    /**
     * What a node answers.
     *
     * @param credit bytes that may be sent at once
     * @param unit a block may be sent while the credit left is at least the smaller of its bytes and this
     * @param maxBlockBytes larger blocks are refused
     * @param counted rows of the partition that this node counts already
     */
    record Accept(long credit, int unit, long maxBlockBytes, RowRanges counted) {}

    static ByteBuffer open(Open open) {
        byte[] feed = text(open.partition().feed());
        byte[] schema = schema(open.schema());
        byte[] routes = names(open.routes());
        NodePlan plan = open.plan();
        ByteBuffer frame = ByteBuffer.allocate(65 + feed.length + routes.length + schema.length);
        frame.put(OPEN).put(VERSION).putShort((short) feed.length).put(feed);
        frame.putLong(open.partition().epoch()).putInt(open.partition().partition());
        frame.putLong(open.partition().attempt()).put((byte) (open.wantsResults() ? 1 : 0));
        frame.putInt(open.blockBytes()).putLong(open.token());
        frame.putLong(plan == null ? -1 : plan.blocks()).putLong(plan == null ? -1 : plan.mostRows());
        frame.putLong(open.endedEpoch());
        return frame.put(routes).put(schema).flip();
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
            long token = frame.getLong();
            long blocks = frame.getLong();
            long mostRows = frame.getLong();
            NodePlan plan = blocks < 0 || mostRows < 0 ? null : new NodePlan(blocks, mostRows);
            long endedEpoch = frame.getLong();
            List<String> routes = readNames(frame);
            return new Open(partition, results, blockBytes, readSchema(frame), token, routes, plan, endedEpoch);
        } catch (BufferUnderflowException e) {
            throw new WireException("the OPEN frame ends too early");
        } catch (IllegalArgumentException e) {
            throw new WireException("the OPEN frame is not valid: " + e.getMessage());
        }
    }

    static ByteBuffer accept(Accept accept) {
        Map<Long, Long> counted = accept.counted().ranges();
        ByteBuffer frame = ByteBuffer.allocate(25 + 16 * counted.size());
        frame.put(ACCEPT).putLong(accept.credit()).putInt(accept.unit()).putLong(accept.maxBlockBytes());
        frame.putInt(counted.size());
        counted.forEach((start, end) -> frame.putLong(start).putLong(end));
        return frame.flip();
    }

    /** Reads what follows the kind. */
    static Accept readAccept(ByteBuffer frame) {
        long credit = frame.getLong();
        int unit = frame.getInt();
        long maxBlockBytes = frame.getLong();
        RowRanges counted = new RowRanges();
        for (int left = frame.getInt(); left > 0; left--) {
            counted.add(frame.getLong(), frame.getLong());
        }
        return new Accept(credit, unit, maxBlockBytes, counted);
    }

    static ByteBuffer granted(Granted granted) {
        byte[] routes = names(granted.routes());
        return ByteBuffer.allocate(9 + routes.length)
                .put(GRANTED)
                .putLong(granted.token())
                .put(routes)
                .flip();
    }

    /** Reads what follows the kind. */
    static Granted readGranted(ByteBuffer frame) {
        return new Granted(frame.getLong(), readNames(frame));
    }

    /** A COMPLETE of the feeder or a COMPLETED of the node. */
    static ByteBuffer completed(byte kind, Completed completed) {
        byte[] names = names(List.copyOf(completed.rowsByNode().keySet()));
        ByteBuffer frame = ByteBuffer.allocate(
                9 + names.length + 8 * completed.rowsByNode().size());
        frame.put(kind).putLong(completed.inputRows()).put(names);
        completed.rowsByNode().values().forEach(frame::putLong);
        return frame.flip();
    }

    /** Reads what follows the kind. */
    static Completed readCompleted(ByteBuffer frame) {
        try {
            long inputRows = frame.getLong();
            SortedMap<String, Long> rowsByNode = new TreeMap<>();
            for (String name : readNames(frame)) {
                rowsByNode.put(name, 0L);
            }
            rowsByNode.replaceAll((name, rows) -> frame.getLong());
            return new Completed(inputRows, rowsByNode);
        } catch (BufferUnderflowException e) {
            throw new WireException("the frame that completes a partition ends too early");
        }
    }

    private static byte[] names(List<String> names) {
        byte[][] texts = names.stream().map(Wire::text).toArray(byte[][]::new);
        int length = 2;
        for (byte[] text : texts) {
            length += 2 + text.length;
        }
        ByteBuffer out = ByteBuffer.allocate(length).putShort((short) texts.length);
        for (byte[] text : texts) {
            out.putShort((short) text.length).put(text);
        }
        return out.array();
    }

    private static List<String> readNames(ByteBuffer in) {
        List<String> names = new ArrayList<>();
        for (int left = Short.toUnsignedInt(in.getShort()); left > 0; left--) {
            names.add(readText(in));
        }
        return names;
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
