package io.tfcluster.feeding;

import java.nio.ByteBuffer;
import java.util.List;

/** Encoded rows on their way out of a feed task. */
interface OutgoingBlock {
    long firstRow();

    int rows();

    int bytes();

    /** Returns the payload in pieces, each from position to limit. */
    List<ByteBuffer> parts();
}
