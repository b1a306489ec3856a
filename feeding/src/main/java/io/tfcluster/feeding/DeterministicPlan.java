package io.tfcluster.feeding;

import java.util.ArrayList;
import java.util.List;

/**
 * Which node gets which rows of an epoch, so that every run gives each node the same batches in the same order.
 *
 * <p>As many partitions as there are nodes are fed side by side, a <i>wave</i>; their blocks, of a fixed number of rows, are taken in turn, and
 * each goes to the node that has fewest rows until then. So the nodes never differ by more than one block, which keeps those that
 * train in step from waiting for each other, and what a node gets follows from the number of rows of each partition alone.
 */
public final class DeterministicPlan {
    private static final int MOST_BLOCK_ROWS = 256;
    private static final int GUESSED_VALUE_BYTES =
            32 << 10; // a picture; blocks of strings or bytes are cut by rows, whatever they weigh

    private final List<List<Integer>> waves = new ArrayList<>();
    private final int[][] nodes;
    private final long[][] places;
    private final long[] blocksOfNode;
    private final int rowsPerBlock;
    private long mostRows;

    private DeterministicPlan(long[] rows, int nodeCount, int rowsPerBlock) {
        this.rowsPerBlock = rowsPerBlock;
        this.nodes = new int[rows.length][];
        this.places = new long[rows.length][];
        this.blocksOfNode = new long[nodeCount];
        long[] rowsOfNode = new long[nodeCount];
        List<Integer> wave = new ArrayList<>();
        for (int partition = 0; partition < rows.length; partition++) {
            int blocks = Math.toIntExact((rows[partition] + rowsPerBlock - 1) / rowsPerBlock);
            nodes[partition] = new int[blocks];
            places[partition] = new long[blocks];
            if (blocks > 0) {
                wave.add(partition);
            }
            if (wave.size() == nodeCount || (partition == rows.length - 1 && !wave.isEmpty())) {
                assign(wave, rows, rowsOfNode);
                waves.add(List.copyOf(wave));
                wave.clear();
            }
        }
        for (long of : rowsOfNode) {
            mostRows = Math.max(mostRows, of);
        }
    }

    private void assign(List<Integer> wave, long[] rows, long[] rowsOfNode) {
        boolean more = true;
        for (int block = 0; more; block++) {
            more = false;
            for (int partition : wave) {
                if (block < nodes[partition].length) {
                    int node = fewest(rowsOfNode);
                    nodes[partition][block] = node;
                    places[partition][block] = blocksOfNode[node]++;
                    rowsOfNode[node] += Math.min(rowsPerBlock, rows[partition] - (long) block * rowsPerBlock);
                    more = true;
                }
            }
        }
    }

    private static int fewest(long[] rowsOfNode) {
        int best = 0;
        for (int node = 1; node < rowsOfNode.length; node++) {
            if (rowsOfNode[node] < rowsOfNode[best]) {
                best = node;
            }
        }
        return best;
    }

    /**
     * Makes a plan.
     *
     * @param rowsOfPartitions rows of each partition, by its number
     * @param nodes how many nodes take rows
     * @param rowsPerBlock see {@link #rowsPerBlock}
     */
    public static DeterministicPlan of(long[] rowsOfPartitions, int nodes, int rowsPerBlock) {
        if (nodes < 1 || rowsPerBlock < 1) {
            throw new IllegalArgumentException(
                    "a plan needs nodes and rows per block, got " + nodes + " and " + rowsPerBlock);
        }
        return new DeterministicPlan(rowsOfPartitions, nodes, rowsPerBlock);
    }

    /** Returns how many rows a block of a deterministic feed has: as many as fit, 256 at most, so that small inputs are shared evenly. */
    public static int rowsPerBlock(FeedConfig config) {
        long row = config.schema().fixedRowBytes()
                + config.schema().columns().stream()
                                .filter(column -> !column.type().isFixed())
                                .count()
                        * GUESSED_VALUE_BYTES;
        return (int) Math.max(1, Math.min(MOST_BLOCK_ROWS, config.effectiveBlockBytes() / Math.max(1, row)));
    }

    static FeedException tooLarge(FeedPartition partition, OutgoingBlock block) {
        return new FeedException(
                partition.feed(),
                "rows " + block.firstRow() + " to " + (block.firstRow() + block.rows()) + " of " + partition
                        + " are one block of the deterministic feed and more than a node takes; raise the feed's bufferBytes");
    }

    /** Returns the partitions that have rows, in groups that must be fed side by side, one group after the other. */
    public List<List<Integer>> waves() {
        return List.copyOf(waves);
    }

    /** Returns what a task that feeds this partition needs to know. */
    public PartitionAssignment assignment(int partition) {
        return new PartitionAssignment(
                rowsPerBlock, nodes[partition], places[partition], blocksOfNode.clone(), mostRows);
    }
}
