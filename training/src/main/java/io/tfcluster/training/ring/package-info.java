/**
 * How processes add up vectors: a circle of authenticated connections, two passes, deadlines on every read and write.
 *
 * <pre>
 *  message        header: operation, number, bytes     then the pass's own bytes, whose lengths both ends know
 *
 *  allReduceSum   over 8 KiB: SumPass, 2·(size-1) steps of a segment each, cut into chunks (RingSegments)
 *                 up to that: every vector to every rank, size-1 steps, added in the order of ranks
 *  reduceSum      every rank's doubles to every rank, added in the order of ranks
 *  allGather      GatherPass of the lengths, then GatherPass of the bytes
 *  broadcast      from rank to rank, chunk by chunk
 *
 *  small messages      one thread sends and receives in turn
 *  others              calling thread: receive, add, count ──▶ thread ring-send-RANK: send what is counted
 * </pre>
 *
 * <p>A pass knows nothing of sockets: a test plays 64 of them in one thread. With {@link io.tfcluster.training.ring.Compression#FLOAT16}
 * a finished segment is encoded once, by the rank that finished it, which keeps the decoded values; the others send on the bits that they
 * got, so all ranks end with the same ones.
 */
@NullMarked
package io.tfcluster.training.ring;

import org.jspecify.annotations.NullMarked;
