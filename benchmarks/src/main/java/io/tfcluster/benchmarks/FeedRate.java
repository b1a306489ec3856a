package io.tfcluster.benchmarks;

import java.util.Map;

/**
 * What a node of {@link FeedRateMain} measured, over some epochs.
 *
 * @param rows rows of those epochs
 * @param timedRows of them, those that came after an epoch's first batch
 * @param nanos time in which those came
 * @param waitedNanos of it, time in which the node had nothing to do
 * @param mainNanos of it, processor time of the thread that takes batches
 * @param receiverNanos of it, processor time of the threads that receive
 */
record FeedRate(long rows, long timedRows, long nanos, long waitedNanos, long mainNanos, long receiverNanos) {
    /**
     * Adds up the epochs from {@code first} on.
     *
     * @throws IllegalStateException if there was none, or none that took a time
     */
    static FeedRate of(Map<String, String> result, int first, int epochs) {
        FeedRate sum = new FeedRate(0, 0, 0, 0, 0, 0);
        for (int epoch = first; epoch < epochs; epoch++) {
            String text = result.getOrDefault("epoch." + epoch, "");
            String[] words = text.split(" ", -1);
            if (words.length != 6) {
                throw new IllegalStateException("the node said \"" + text + "\" of epoch " + epoch);
            }
            sum = new FeedRate(
                    sum.rows + Long.parseLong(words[0]),
                    sum.timedRows + Long.parseLong(words[1]),
                    sum.nanos + Long.parseLong(words[2]),
                    sum.waitedNanos + Long.parseLong(words[3]),
                    sum.mainNanos + Long.parseLong(words[4]),
                    sum.receiverNanos + Long.parseLong(words[5]));
        }
        if (sum.timedRows == 0 || sum.nanos == 0) {
            throw new IllegalStateException("the node got all its rows in one batch; give it more");
        }
        return sum;
    }

    double rowsPerSecond() {
        return timedRows / (nanos / 1e9);
    }

    double waitedPercent() {
        return 100.0 * waitedNanos / nanos;
    }
}
