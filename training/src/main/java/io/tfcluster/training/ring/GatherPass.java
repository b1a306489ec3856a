package io.tfcluster.training.ring;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A block of each rank goes to all others: size-1 steps, in each of which a rank sends on what it got in the one before. */
final class GatherPass implements RingPass {
    /** Bytes of a block, and what must have been received before they can be sent. */
    private record Piece(int block, int at, int length, int needs) {}

    private final List<ByteBuffer> blocks;
    private final List<Piece> sends;
    private final List<Piece> receives;
    private final int begunAfter;
    private final boolean small;

    /**
     * Makes the pass of one rank.
     *
     * @param blocks a buffer for each rank's block, from position to limit; this rank's is full
     */
    GatherPass(List<ByteBuffer> blocks, int rank, int chunkBytes, int inlineBytes) {
        this.blocks = blocks.stream().map(ByteBuffer::slice).toList();
        int size = blocks.size();
        this.receives = new ArrayList<>();
        int begun = 0;
        for (int step = 0; step < size - 1; step++) {
            if (step == size - 2) {
                begun = receives.size() + 1; // the last to arrive has passed all others
            }
            cut(Math.floorMod(rank - step - 1, size), chunkBytes, receives, 0);
        }
        this.begunAfter = begun;
        this.sends = new ArrayList<>();
        cut(rank, chunkBytes, sends, -1);
        int needed = 0;
        for (int step = 1; step < size - 1; step++) {
            needed = cut(Math.floorMod(rank - step, size), chunkBytes, sends, needed);
        }
        this.small = this.blocks.stream().allMatch(block -> block.capacity() <= inlineBytes);
    }

    /** Pieces of one block; each needs one message more than the one before, or none at all if {@code needed} is negative. */
    private int cut(int block, int chunkBytes, List<Piece> pieces, int needed) {
        int length = blocks.get(block).capacity();
        int needs = needed;
        for (int at = 0; at < length; at += chunkBytes) {
            needs += needed < 0 ? 0 : 1;
            pieces.add(new Piece(block, at, Math.min(chunkBytes, length - at), Math.max(0, needs)));
        }
        return needs;
    }

    @Override
    public int sends() {
        return sends.size();
    }

    @Override
    public int receives() {
        return receives.size();
    }

    @Override
    public int needs(int send) {
        return sends.get(send).needs();
    }

    @Override
    public ByteBuffer toSend(int send) {
        return bytes(sends.get(send));
    }

    @Override
    public ByteBuffer toReceive(int receive) {
        return bytes(receives.get(receive));
    }

    private ByteBuffer bytes(Piece piece) {
        return blocks.get(piece.block()).slice(piece.at(), piece.length());
    }

    @Override
    public void received(int receive) {
        // it lies where it belongs
    }

    @Override
    public int begunAfter() {
        return begunAfter;
    }

    @Override
    public boolean onOneThread() {
        return small;
    }
}
