package io.tfcluster.training;

import io.tfcluster.training.ring.Ring;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Short texts that all workers of a ring tell each other, and work that one does for all. */
final class Gather {
    private Gather() {}

    /** Returns what each rank says, in the order of ranks. */
    static List<String> texts(Ring ring, String mine, Duration patience) {
        byte[] bytes = mine.getBytes(StandardCharsets.UTF_8);
        ByteBuffer lengths = floats(ring.size());
        lengths.putFloat(ring.rank() * Float.BYTES, bytes.length);
        ring.allReduceSum(lengths.duplicate().order(ByteOrder.LITTLE_ENDIAN), patience);
        int before = 0;
        int all = 0;
        for (int rank = 0; rank < ring.size(); rank++) {
            before += rank < ring.rank() ? length(lengths, rank) : 0;
            all += length(lengths, rank);
        }
        ByteBuffer joined = floats(all);
        for (int i = 0; i < bytes.length; i++) {
            joined.putFloat((before + i) * Float.BYTES, bytes[i]);
        }
        ring.allReduceSum(joined.duplicate().order(ByteOrder.LITTLE_ENDIAN), patience);
        List<String> texts = new ArrayList<>();
        for (int rank = 0; rank < ring.size(); rank++) {
            byte[] text = new byte[length(lengths, rank)];
            for (int i = 0; i < text.length; i++) {
                text[i] = (byte) joined.getFloat();
            }
            texts.add(new String(text, StandardCharsets.UTF_8));
        }
        return texts;
    }

    private static int length(ByteBuffer lengths, int rank) {
        return Math.round(lengths.getFloat(rank * Float.BYTES));
    }

    private static ByteBuffer floats(int count) {
        return ByteBuffer.allocateDirect(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Lets rank 0 do something; all return when it is done, or learn why not.
     *
     * @param doing for the other ranks' error
     * @throws IllegalStateException on the other ranks if it failed; rank 0 throws what the work threw
     */
    static void byChief(Ring ring, String doing, Runnable work, Duration patience) {
        RuntimeException failure = null;
        if (ring.rank() == 0) {
            try {
                work.run();
            } catch (RuntimeException e) {
                failure = e;
            }
        }
        String told = texts(ring, failure == null ? "" : "!" + failure.getMessage(), patience)
                .get(0);
        if (failure != null) {
            throw failure;
        }
        if (!told.isEmpty()) {
            throw new IllegalStateException(doing + " failed on rank 0: " + told.substring(1));
        }
    }
}
