package io.tfcluster.feeding;

import java.io.Serializable;

/** Which node gets each block of one partition of a deterministic feed, and when; {@link DeterministicPlan} makes it. */
public final class PartitionAssignment implements Serializable {
    private static final long serialVersionUID = 1L;

    private final int rowsPerBlock;
    private final int[] nodeOfBlock;
    private final long[] placeOfBlock;
    private final long[] blocksOfNode;
    private final long mostRows;

    PartitionAssignment(int rowsPerBlock, int[] nodeOfBlock, long[] placeOfBlock, long[] blocksOfNode, long mostRows) {
        this.rowsPerBlock = rowsPerBlock;
        this.nodeOfBlock = nodeOfBlock;
        this.placeOfBlock = placeOfBlock;
        this.blocksOfNode = blocksOfNode;
        this.mostRows = mostRows;
    }

    int rowsPerBlock() {
        return rowsPerBlock;
    }

    /** Returns the position, among all nodes, of the one that a block goes to. */
    int node(OutgoingBlock block) {
        return nodeOfBlock[index(block)];
    }

    /** Returns the block's place among those of its node and epoch. */
    long place(OutgoingBlock block) {
        return placeOfBlock[index(block)];
    }

    private int index(OutgoingBlock block) {
        long index = block.firstRow() / rowsPerBlock;
        if (index >= nodeOfBlock.length) {
            throw new IllegalArgumentException("row " + block.firstRow() + " is beyond the "
                    + nodeOfBlock.length + " blocks of " + rowsPerBlock
                    + " rows that the partition had when its rows were counted; its rows differ from run to run");
        }
        return (int) index;
    }

    Wire.NodePlan planOf(int node) {
        return new Wire.NodePlan(blocksOfNode[node], mostRows);
    }
}
