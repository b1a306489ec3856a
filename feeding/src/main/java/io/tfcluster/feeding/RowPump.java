package io.tfcluster.feeding;

import java.util.function.Supplier;

/** Moves the rows of one partition into a session, but for those that a node counts already, and sees to it that the count comes out right. */
final class RowPump {
    private final FeedPartition partition;
    private final FeedSession session;
    private final boolean planned;
    private final BlockAge age = new BlockAge();

    /** Makes one; {@code planned} if blocks must be cut by their number of rows alone. */
    RowPump(FeedPartition partition, FeedSession session, boolean planned) {
        this.partition = partition;
        this.session = session;
        this.planned = planned;
    }

    <T> FeedResult feed(RowSource<T> source, Supplier<BlockBuilder<T>> builder) {
        Wire.Completed before = session.completed();
        if (before != null) {
            return completedBefore(before);
        }
        BlockBuilder<T> block = builder.get();
        while (!session.isOver() && source.hasNext()) {
            long number = source.rows();
            T row = source.next();
            if (session.isCounted(number)) {
                continue;
            }
            if (block.nextRow() != number) {
                flush(block);
                block.startAt(number);
            }
            if (!block.add(row)) {
                if (planned) {
                    throw DeterministicPlan.tooLarge(partition, block);
                }
                flush(block);
                block.add(row);
            }
            if (block.isFull() || (!planned && age.isOver(block))) {
                flush(block);
            }
        }
        flush(block);
        return finish(source.rows());
    }

    private void flush(BlockBuilder<?> block) {
        if (!session.isTerminated() && !block.isEmpty()) {
            session.send(block);
        }
        block.clear();
    }

    FeedResult feedBlocks(RowSource<EncodedBlock> source) {
        Wire.Completed before = session.completed();
        if (before != null) {
            return completedBefore(before);
        }
        long rows = 0;
        while (!session.isOver() && source.hasNext()) {
            EncodedBlock block = source.next();
            rows = block.firstRow() + block.rows();
            boolean counted = session.isCounted(block.firstRow());
            if (counted != session.isCounted(rows - 1)) {
                throw new FeedException(
                        partition.feed(),
                        "rows " + block.firstRow() + " to " + (rows - 1) + " of " + partition
                                + " were cut into other blocks by an earlier attempt; keep the blocks between attempts");
            }
            if (!counted) {
                session.send(block);
            }
        }
        return finish(rows);
    }

    private FeedResult completedBefore(Wire.Completed before) {
        session.event(partition + " had been completed by another attempt");
        return new FeedResult(before.inputRows(), before.rowsByNode(), false, session.events());
    }

    private FeedResult finish(long inputRows) {
        session.end(!session.isTerminated());
        session.awaitDone();
        FeedResult result = new FeedResult(inputRows, session.countedRows(), session.isTerminated(), session.events());
        if (!result.terminated()) {
            if (result.totalRows() != inputRows) {
                throw new FeedException(
                        partition.feed(),
                        "the nodes count " + result.rows() + " rows of " + partition + ", but this attempt has read "
                                + inputRows + ": the partition held other rows when an earlier attempt read it. Pin the"
                                + " input (checkpointed()), or make its order and content the same each time.");
            }
            session.complete(new Wire.Completed(inputRows, result.rows()));
        }
        return result;
    }
}
