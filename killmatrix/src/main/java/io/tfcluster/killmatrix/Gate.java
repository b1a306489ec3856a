package io.tfcluster.killmatrix;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where a node finds out that it is in the phase of its case, and stays there until the damage is done. One in each process, found statically:
 * Hadoop makes the file system that is a gate, too, and can be given nothing.
 */
final class Gate {
    private static final Duration HOLD = Duration.ofMinutes(1);

    @SuppressWarnings("NonFinalStaticField") // set once, by the main function of this process
    private static volatile @Nullable Gate own;

    private final Plan plan;
    private final String node;

    private Gate(Plan plan, String node) {
        this.plan = plan;
        this.node = node;
    }

    /** Makes this process's gate. */
    static void open(Plan plan, String node) {
        own = new Gate(plan, node);
    }

    /** Says that this process is in a phase; returns when whatever was to be done to it there has been done. */
    static void reach(Phase phase) {
        Gate gate = own;
        if (gate != null && gate.plan.phase() == phase && gate.node.equals(gate.plan.reporter())) {
            reached(gate.plan, gate.node, "");
        }
    }

    /** As {@link #reach}, for those who know that it is their turn. */
    static void reached(Plan plan, String node, String executor) {
        Marks marks = plan.marks();
        if (!marks.claim(Marks.REACHED)) {
            return; // this generation follows one that was damaged
        }
        if (node.equals(plan.ownVictim()) || (node.isEmpty() && plan.how().isOwn())) {
            boolean first = marks.claim(Marks.OWN);
            marks.set(Marks.REACHED, ProcessHandle.current().pid() + " " + executor);
            if (first) {
                marks.set(Marks.DONE, "");
                Damage.inflict(plan.how());
            }
            return;
        }
        marks.set(Marks.REACHED, ProcessHandle.current().pid() + " " + executor);
        if (plan.phase() != Phase.STEP) {
            hold(marks);
        }
    }

    private static void hold(Marks marks) {
        if (!marks.await(Marks.DONE, HOLD) && Thread.currentThread().isInterrupted()) {
            return; // told to stop
        }
    }

    /** Called again and again by a node that has nothing else to do: damages itself when another one is in the phase. */
    static void look() {
        Gate gate = own;
        if (gate != null
                && gate.node.equals(gate.plan.ownVictim())
                && gate.plan.marks().get(Marks.REACHED).isPresent()
                && gate.plan.marks().claim(Marks.OWN)) {
            gate.plan.marks().set(Marks.DONE, "");
            Damage.inflict(gate.plan.how());
        }
    }
}
