package io.tfcluster.feeding;

import io.tfcluster.feeding.ReceivedBlock.Slice;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Mixes rows: one window of them is handed out in random order while the next one fills. A row meets those of its own window only; in return
 * memory is bounded, because the blocks of a window are free when it is empty, and the order follows from seed, epoch and the order of arrival.
 */
final class ShuffledRows implements RowStage {
    private static final long WINDOW_SALT = 0x9E3779B97F4A7C15L; // so that windows of one epoch differ as epochs do

    private final int windowRows;
    private final long windowBytes;
    private final long seed;

    private final List<Slice> filling = new ArrayList<>();
    private final List<Slice> mixed = new ArrayList<>(); // single rows, taken from the end
    private int fillingRows;
    private long fillingBytes;
    private long mixedBytes;
    private long epoch = -1;
    private long window;

    ShuffledRows(int windowRows, long shuffleBytes, long seed) {
        this.windowRows = windowRows;
        this.windowBytes = shuffleBytes / 2;
        this.seed = seed;
    }

    @Override
    public int room(int maxRows) {
        int missing = maxRows - rows();
        int window = fillingBytes >= windowBytes ? 0 : Math.max(windowRows, maxRows) - fillingRows;
        return Math.max(0, Math.max(missing, window));
    }

    @Override
    public void add(Slice slice) {
        if (slice.source().epoch() != epoch) {
            epoch = slice.source().epoch();
            window = 0;
        }
        filling.add(slice);
        fillingRows += slice.rows();
        fillingBytes += slice.bytes();
    }

    @Override
    public int rows() {
        return mixed.size() + fillingRows;
    }

    @Override
    public int ready(int maxRows, boolean last) {
        return mixed.size() + (last || room(maxRows) == 0 ? fillingRows : 0);
    }

    @Override
    public List<Slice> fresh() {
        return List.of(); // which rows come next is decided when they are taken
    }

    @Override
    public int copied() {
        return 0;
    }

    @Override
    public List<Slice> take(int maxRows, boolean last) {
        List<Slice> taken = new ArrayList<>();
        while (taken.size() < maxRows) {
            if (mixed.isEmpty()) {
                if (fillingRows == 0 || (!last && room(maxRows) > 0)) {
                    break;
                }
                mix();
            }
            Slice row = mixed.remove(mixed.size() - 1);
            mixedBytes -= row.bytes();
            taken.add(row);
        }
        return taken;
    }

    private void mix() {
        for (Slice slice : filling) {
            for (int row = slice.from(); row < slice.to(); row++) {
                mixed.add(new Slice(slice.source(), row, row + 1));
            }
        }
        Collections.shuffle(mixed, new Random(seed + 31 * epoch + WINDOW_SALT * window++));
        mixedBytes = mixed.stream().mapToLong(Slice::bytes).sum();
        filling.clear();
        fillingRows = 0;
        fillingBytes = 0;
    }

    @Override
    public long epoch() {
        return epoch;
    }

    @Override
    public boolean wantResults() {
        List<Slice> some = mixed.isEmpty() ? filling : mixed;
        return !some.isEmpty() && some.get(0).source().origin().wantsResults();
    }

    @Override
    public long bytes() {
        return fillingBytes + mixedBytes;
    }

    @Override
    public void drop() {
        filling.forEach(slice -> slice.source().release(slice.rows()));
        mixed.forEach(slice -> slice.source().release(slice.rows()));
        filling.clear();
        mixed.clear();
        fillingRows = 0;
        fillingBytes = 0;
        mixedBytes = 0;
    }
}
