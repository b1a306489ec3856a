package io.tfcluster.training;

import java.util.ArrayList;
import java.util.List;

/**
 * What is to be done beside the steps, in the order in which it was added.
 *
 * <p>Steps and epochs come for all workers alike. Clocks do not: rank 0's decides, and its {@link #due} travels with the step.
 */
final class Alarms {
    private static final int MOST_CLOCKS = 20; // bits that a float32 holds exactly

    private final List<Alarm> alarms = new ArrayList<>();
    private int clocks;
    private long lastStep;

    private static final class Alarm {
        final Trigger trigger;
        final Runnable action;
        final int bit;
        long since = System.nanoTime();

        Alarm(Trigger trigger, Runnable action, int bit) {
            this.trigger = trigger;
            this.action = action;
            this.bit = bit;
        }

        boolean elapsed() {
            return trigger instanceof Trigger.Every every
                    && System.nanoTime() - since >= every.interval().toNanos();
        }
    }

    void add(Trigger trigger, Runnable action) {
        int bit = trigger instanceof Trigger.Every ? 1 << clocks++ : 0;
        if (clocks > MOST_CLOCKS) {
            throw new IllegalArgumentException("a training takes " + MOST_CLOCKS + " triggers by the clock at most");
        }
        alarms.add(new Alarm(trigger, action, bit));
    }

    /** Returns whether something waits for the end of epochs. */
    boolean epochwise() {
        return alarms.stream().anyMatch(alarm -> alarm.trigger instanceof Trigger.Epochs);
    }

    /** Returns, in bits, whose time has come by this process's clock. */
    int due() {
        int due = 0;
        for (Alarm alarm : alarms) {
            due |= alarm.elapsed() ? alarm.bit : 0;
        }
        return due;
    }

    /** Does what is due after a step. Asynchronous workers see only some of the steps, so each multiple that was passed counts. */
    void afterStep(long step, int due) {
        long before = lastStep == 0 ? step - 1 : lastStep;
        lastStep = step;
        for (Alarm alarm : alarms) {
            boolean now = alarm.trigger instanceof Trigger.Steps steps
                    ? step / steps.count() > before / steps.count()
                    : (due & alarm.bit) != 0;
            if (now) {
                alarm.action.run();
                alarm.since = System.nanoTime();
            }
        }
    }

    /** Does what is due after an epoch. */
    void afterEpoch(long epoch) {
        for (Alarm alarm : alarms) {
            if (alarm.trigger instanceof Trigger.Epochs epochs && (epoch + 1) % epochs.count() == 0) {
                alarm.action.run();
            }
        }
    }
}
