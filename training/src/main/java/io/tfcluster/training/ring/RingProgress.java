package io.tfcluster.training.ring;

/** What the receiver has finished and the sender may pass on; and how far the sender is. */
final class RingProgress {
    private static final long RECHECK_MILLIS = 1_000;

    private int received;
    private int sent;
    private boolean cancelled;

    synchronized void advance() {
        received++;
        notifyAll();
    }

    synchronized void sentOne() {
        sent++;
    }

    synchronized int sent() {
        return sent;
    }

    synchronized int received() {
        return received;
    }

    synchronized void cancel() {
        cancelled = true;
        notifyAll();
    }

    /** Waits until {@code count} messages are received; false if it was cancelled. The receiver's own deadlines bound the wait. */
    synchronized boolean await(int count) {
        while (received < count && !cancelled) {
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
