package io.tfcluster.estimator;

import com.google.protobuf.InvalidProtocolBufferException;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.records.TFRecordReader;
import io.tfcluster.training.BatchSource;
import io.tfcluster.training.TrainingBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.hadoop.conf.Configuration;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Tensor;
import org.tensorflow.proto.Example;

/**
 * Batches out of a process's own TFRecord files, read by threads ahead of their use, epoch by epoch.
 *
 * <p>Each thread reads every n-th file; at the end of an epoch they meet, and whoever comes last marks the end in the queue. A process without
 * files has its epochs too, without rows.
 */
final class RecordBatches implements BatchSource, AutoCloseable {
    private static final int BATCHES_AHEAD = 4;
    private static final long JOIN_MILLIS = 2_000;

    /** What a reader puts into the queue: a record, the end of an epoch (neither), or why it ends. */
    private record Item(@Nullable Example record, @Nullable Throwable failure) {}

    private final FeedSchema schema;
    private final BlockingQueue<Item> queue;
    private final List<Thread> threads = new ArrayList<>();
    private final long epochs;
    private long epoch;

    private RecordBatches(FeedSchema schema, int ahead, long first, long epochs) {
        this.schema = schema;
        this.queue = new ArrayBlockingQueue<>(ahead);
        this.epoch = first;
        this.epochs = epochs;
    }

    /**
     * Starts the readers.
     *
     * @param first epoch to begin with
     */
    static RecordBatches open(FitArgs args, List<String> files, long first) {
        RecordBatches batches =
                new RecordBatches(args.schema(), Math.max(1, BATCHES_AHEAD * args.batchSize()), first, args.epochs());
        int readers = Math.max(1, Math.min(args.readers(), files.size()));
        CyclicBarrier met = new CyclicBarrier(readers, () -> batches.put(new Item(null, null)));
        for (int reader = 0; reader < readers; reader++) {
            List<String> own = new ArrayList<>();
            for (int file = reader; file < files.size(); file += readers) {
                own.add(files.get(file));
            }
            Thread thread = new Thread(() -> batches.read(own, first, met), "tfrecord-reader-" + reader);
            thread.setDaemon(true);
            batches.threads.add(thread);
        }
        batches.threads.forEach(Thread::start);
        return batches;
    }

    private void read(List<String> files, long first, CyclicBarrier met) {
        try {
            for (long at = first; at < epochs; at++) {
                for (String file : files) {
                    try (TFRecordReader reader = TFRecordReader.open(file, new Configuration())) {
                        while (reader.hasNext()) {
                            queue.put(new Item(parsed(file, reader.next()), null));
                        }
                    }
                }
                met.await();
            }
        } catch (InterruptedException | BrokenBarrierException e) {
            Thread.currentThread().interrupt(); // closed
        } catch (RuntimeException e) {
            put(new Item(null, e));
        }
    }

    private void put(Item item) {
        try {
            queue.put(item);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public TrainingBatch next(int maxRows, BooleanSupplier makeDo) {
        long now = epoch;
        RecordTensors rows = new RecordTensors(schema, maxRows);
        boolean endOfEpoch = false;
        while (rows.count() < maxRows && epoch < epochs && !endOfEpoch) {
            Item item = take();
            if (item == null) {
                if (makeDo.getAsBoolean()) {
                    break;
                }
                continue;
            }
            if (item.failure() != null) {
                throw new IllegalStateException(
                        "cannot read TFRecord files: " + item.failure().getMessage(), item.failure());
            }
            Example record = item.record();
            if (record == null) {
                endOfEpoch = true;
                epoch++;
            } else {
                rows.add(record);
            }
        }
        return new Rows(rows.tensors(), rows.count(), now, endOfEpoch, epoch >= epochs);
    }

    private @Nullable Item take() {
        try {
            return queue.poll(1, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for records", e);
        }
    }

    private static Example parsed(String file, byte[] record) {
        try {
            return Example.parseFrom(record);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("a record of " + file + " is no Example: " + e.getMessage(), e);
        }
    }

    private record Rows(Map<String, Tensor> inputs, int rows, long epoch, boolean endOfEpoch, boolean endOfData)
            implements TrainingBatch {
        @Override
        public void close() {
            inputs.values().forEach(Tensor::close);
        }
    }

    /** Ends the readers; takes 2 s at most. */
    @Override
    public void close() {
        threads.forEach(Thread::interrupt);
        for (Thread thread : threads) {
            try {
                thread.join(JOIN_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
