package io.tfcluster.feeding;

import java.util.function.Supplier;

/**
 * Moves the rows of one partition into a session, but for those that a node counts already or that were handed out before the feed was resumed,
 * and sees to it that the count comes out right.
 */
final class RowPump {
    private final FeedPartition partition;
    private final FeedSession session;
    private final PartitionShare share;
    private final BlockAge age = new BlockAge();

    /** Makes one; the blocks of a share that is planned are cut by their number of rows alone. */
    RowPump(FeedPartition partition, FeedSession session, PartitionShare share) {
        this.partition = partition;
        this.session = session;
        this.share = share;
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
            if (session.isCounted(number) || share.skips(number)) {
                continue;
            }
            if (block.nextRow() != number) {
                flush(block);
                block.startAt(number);
            }
            if (!block.add(row)) {
                if (share.isPlanned()) {
                    throw DeterministicPlan.tooLarge(partition, block);
                }
                flush(block);
                block.add(row);
            }
            if (block.isFull() || (!share.isPlanned() && age.isOver(block))) {
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

    FeedResult feedBlocks(RowSource<EncodedBlock> source, FeedSchema schema) {
        Wire.Completed before = session.completed();
        if (before != null) {
            return completedBefore(before);
        }
        long rows = 0;
        while (!session.isOver() && source.hasNext()) {
            EncodedBlock block = source.next();
            long first = block.firstRow();
            rows = first + block.rows();
            while (first < rows) {
                long end =
                        share.skippedRows() == 0 ? rows : first + share.before().alike(first, rows);
                if (!share.skips(first)) {
                    send(block.cut(schema, (int) (first - block.firstRow()), (int) (end - block.firstRow())));
                }
                first = end;
            }
        }
        return finish(rows);
    }

    private void send(EncodedBlock block) {
        long last = block.firstRow() + block.rows() - 1;
        boolean counted = session.isCounted(block.firstRow());
        if (counted != session.isCounted(last)) {
            throw new FeedException(
                    partition.feed(),
                    "rows " + block.firstRow() + " to " + last + " of " + partition
                            + " were cut into other blocks by an earlier attempt; keep the blocks between attempts");
        }
        if (!counted && !session.isTerminated()) {
            session.send(block);
        }
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
            if (share.before().end() > inputRows) {
                throw new FeedException(
                        partition.feed(),
                        partition + " has " + inputRows + " rows, but when the checkpoint was written "
                                + share.before().end()
                                + " or more: the feed is resumed with another input. Give it the same"
                                + " rows in the same partitions, or train from the start.");
            }
            if (result.totalRows() != inputRows - share.skippedRows()) {
                throw new FeedException(
                        partition.feed(),
                        "the nodes count " + result.rows() + " rows of " + partition + ", but this attempt has read "
                                + inputRows
                                + (share.skippedRows() == 0
                                        ? ""
                                        : ", of which " + share.skippedRows() + " were handed out before resuming")
                                + ": the partition held other rows when an earlier attempt read it. Pin the"
                                + " input (checkpointed()), or make its order and content the same each time.");
            }
            session.complete(new Wire.Completed(inputRows, result.rows()));
        }
        return result;
    }
}
