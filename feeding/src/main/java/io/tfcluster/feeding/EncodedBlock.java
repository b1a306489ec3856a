package io.tfcluster.feeding;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Encoded rows of one partition that are kept to be fed again, in Spark's storage for example; {@link PartitionFeeder#encode} makes them.
 *
 * @param firstRow number, within the partition, of the first row
 * @param rows number of rows, 1 or more
 * @param payload the columns, as they travel; not copied, not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public record EncodedBlock(long firstRow, int rows, byte[] payload) implements OutgoingBlock, Serializable {
    /** Checks the numbers. */
    public EncodedBlock {
        requireNonNull(payload, "payload");
        if (firstRow < 0 || rows < 1) {
            throw new IllegalArgumentException("a block of " + rows + " rows from row " + firstRow);
        }
    }

    @Override
    public int bytes() {
        return payload.length;
    }

    @Override
    public List<ByteBuffer> parts() {
        return List.of(ByteBuffer.wrap(payload));
    }
}
