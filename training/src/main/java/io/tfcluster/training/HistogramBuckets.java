package io.tfcluster.training;

import java.nio.FloatBuffer;
import org.tensorflow.proto.HistogramProto;

/** Counts numbers in buckets of the same width between their least and greatest, as TensorFlow 2's tf.summary.histogram does. */
final class HistogramBuckets {
    /** What tf.summary.histogram takes if not told otherwise. */
    static final int COUNT = 30;

    private HistogramBuckets() {}

    /**
     * Returns the histogram of all that remains in the buffer.
     *
     * @throws IllegalArgumentException if there is nothing, or numbers are NaN or infinite; the message tells how many
     */
    static HistogramProto of(FloatBuffer values) {
        double least = Double.POSITIVE_INFINITY;
        double greatest = Double.NEGATIVE_INFINITY;
        double sum = 0;
        double squares = 0;
        int bad = 0;
        for (int i = values.position(); i < values.limit(); i++) {
            double value = values.get(i);
            if (!Double.isFinite(value)) {
                bad++;
            }
            least = Math.min(least, value);
            greatest = Math.max(greatest, value);
            sum += value;
            squares += value * value;
        }
        if (!values.hasRemaining() || bad > 0) {
            throw new IllegalArgumentException("a histogram needs numbers, found " + bad
                    + " that are NaN or infinite among " + values.remaining());
        }
        HistogramProto.Builder histogram = HistogramProto.newBuilder()
                .setMin(least)
                .setMax(greatest)
                .setNum(values.remaining())
                .setSum(sum)
                .setSumSquares(squares);
        if (least == greatest) {
            return histogram
                    .addBucketLimit(greatest)
                    .addBucket(values.remaining())
                    .build();
        }
        int[] counts = new int[COUNT];
        double width = (greatest - least) / COUNT;
        for (int i = values.position(); i < values.limit(); i++) {
            counts[(int) Math.min(COUNT - 1, (values.get(i) - least) / width)]++;
        }
        for (int bucket = 0; bucket < COUNT; bucket++) {
            histogram.addBucketLimit(bucket == COUNT - 1 ? greatest : least + width * (bucket + 1));
            histogram.addBucket(counts[bucket]);
        }
        return histogram.build();
    }
}
