package io.tfcluster.training;

import org.jspecify.annotations.Nullable;

/** Whether something of this process's own is due by a {@link Trigger}; others need not agree. */
final class Due {
    private final @Nullable Trigger trigger;
    private long lastStep;
    private long lastNanos = System.nanoTime();
    private boolean asked;

    /** Never due if there is no trigger. */
    Due(@Nullable Trigger trigger) {
        this.trigger = trigger;
    }

    /** Says which step the training begins after. */
    void begin(long step) {
        lastStep = step;
        lastNanos = System.nanoTime();
    }

    /** Returns whether it is due after this step; with parameter servers others' steps lie between two of our own. */
    boolean step(long step) {
        boolean due = asked;
        asked = false;
        if (trigger instanceof Trigger.Steps steps) {
            due |= step / steps.count() > lastStep / steps.count();
            lastStep = step;
        }
        if (trigger instanceof Trigger.Every every) {
            long now = System.nanoTime();
            due |= now - lastNanos >= every.interval().toNanos();
            lastNanos = due ? now : lastNanos;
        }
        return due;
    }

    /** Returns whether it is due after this epoch, counted from 0. */
    boolean epoch(long epoch) {
        return trigger instanceof Trigger.Epochs epochs && (epoch + 1) % epochs.count() == 0;
    }

    /** Makes it due with the next step. */
    void withNextStep() {
        asked = true;
    }
}
