package io.tfcluster.training.ring;

/** How many chunks the receiver has finished: what the sender may pass on. */
final class RingProgress {
    private static final long RECHECK_MILLIS = 1_000;

    private int finished;
    private boolean cancelled;

    synchronized void advance() {
        finished++;
        notifyAll();
    }

    synchronized void cancel() {
        cancelled = true;
        notifyAll();
    }

    /** Waits until {@code count} chunks are finished; false if it was cancelled. The receiver's own deadlines bound the wait. */
    synchronized boolean await(int count) {
        while (finished < count && !cancelled) {
            try {
                wait(RECHECK_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                cancelled = true;
            }
        }
        return !cancelled;
    }
}
