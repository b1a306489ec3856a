package io.tfcluster.benchmarks;

import io.tfcluster.NodeContext;
import io.tfcluster.feeding.tensor.Batch;
import io.tfcluster.feeding.tensor.DataFeed;
import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.buffer.ByteDataBuffer;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;

/** What a node does in a rate or memory run: takes batches, looks at each tensor, closes it, and tells how long each epoch took. */
final class FeedRateMain {
    private static final long PAGE = 4096;
    private static final int FILL_AFTER_BATCHES = 5;
    private static final int FILL_LOOKS = 20;
    private static final long FILL_LOOK_MILLIS = 500;

    private FeedRateMain() {}

    /**
     * How to take rows.
     *
     * @param batchRows most rows of a batch
     * @param fillFirst whether to let the buffer run full once, so that all memory it may ever have has been used
     */
    record Plan(int batchRows, boolean fillFirst) implements Serializable {}

    static void run(Plan plan, NodeContext ctx) {
        DataFeed feed = ctx.dataFeed();
        Map<Long, Stretch> epochs = new TreeMap<>();
        ThreadCpu receivers = new ThreadCpu("feed-conn-");
        long seen = 0;
        TUint8.scalarOf((byte) 0).close(); // TensorFlow's libraries are no part of what a feed needs
        ctx.result(
                "resident",
                Long.toString(Machine.resident(ProcessHandle.current().pid())));
        int batches = 0;
        while (!feed.shouldStop()) {
            try (Batch batch = feed.nextBatch(plan.batchRows())) {
                if (batch.rows() > 0) {
                    for (Tensor tensor : batch.tensors().values()) {
                        seen += touch(tensor);
                    }
                    epochs.computeIfAbsent(batch.epoch(), epoch -> new Stretch())
                            .took(batch.rows(), new long[] {
                                System.nanoTime(),
                                feed.stats().waited().toNanos(),
                                ThreadCpu.ofThisThread(),
                                receivers.nanos()
                            });
                }
                if (plan.fillFirst() && ++batches == FILL_AFTER_BATCHES) {
                    awaitFullBuffer(feed);
                }
            }
        }
        epochs.forEach((epoch, stretch) -> ctx.result("epoch." + epoch, stretch.text()));
        ctx.result("seen", Long.toString(seen)); // so that nobody may leave the looking out
    }

    /** Waits until the buffer has stopped growing, for 10 s at most. */
    private static void awaitFullBuffer(DataFeed feed) {
        CountDownLatch never = new CountDownLatch(1);
        try {
            long before = -1;
            for (int look = 0; look < FILL_LOOKS && feed.stats().bufferedBytes() > before; look++) {
                before = feed.stats().bufferedBytes();
                if (never.await(FILL_LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                    throw new IllegalStateException("unreachable: nobody counts down");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Reads a byte of each page; of strings, which were written cell by cell just before, the first one. */
    private static long touch(Tensor tensor) {
        if (tensor instanceof TString strings) {
            return strings.asBytes().getObject(0).length;
        }
        ByteDataBuffer bytes = tensor.asRawTensor().data();
        long sum = 0;
        for (long i = 0; i < bytes.size(); i += PAGE) {
            sum += bytes.getByte(i);
        }
        return sum;
    }

    /** From an epoch's first batch to its last one. The first one's rows are not part of the rate: they came before the clock ran. */
    private static final class Stretch {
        private long rows;
        private long firstRows;
        private long[] start = {};
        private long[] end = {};

        /** Notes what clocks say after some rows: the time, the time waited, and the processor times of this thread and of the receivers. */
        void took(int more, long[] clocks) {
            if (rows == 0) {
                start = clocks;
                firstRows = more;
            }
            rows += more;
            end = clocks;
        }

        String text() {
            StringBuilder text = new StringBuilder();
            text.append(rows).append(' ').append(rows - firstRows);
            for (int i = 0; i < end.length; i++) {
                text.append(' ').append(end[i] - start[i]);
            }
            return text.toString();
        }
    }
}
