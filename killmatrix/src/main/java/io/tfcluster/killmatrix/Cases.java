package io.tfcluster.killmatrix;

import java.util.ArrayList;
import java.util.List;

/**
 * The combinations that make sense, and what must come of each.
 *
 * <p>Not tried: a driver that is frozen for ever, for its nodes cannot tell it from a slow one (a pause is tried); what ps and evaluators do not do
 * themselves, such as reading rows; a full disk where nothing is written.
 */
final class Cases {
    private static final List<Phase> RUNNING =
            List.of(Phase.STARTING, Phase.FEEDING, Phase.STEP, Phase.CHECKPOINTING, Phase.EXPORTING);

    private final List<Case> all = new ArrayList<>();

    private Cases() {}

    static List<Case> all() {
        Cases cases = new Cases();
        cases.nodes();
        cases.bystanders();
        cases.executors();
        cases.connections();
        cases.drivers();
        cases.others();
        cases.recoveries();
        return List.copyOf(cases.all);
    }

    /** The same damage to clusters that may begin anew. */
    private void recoveries() {
        for (Phase phase : RUNNING) {
            again(Who.WORKER, phase, How.SIGKILL);
            again(Who.CHIEF, phase, How.SIGKILL);
        }
        again(Who.WORKER, Phase.SHUTTING_DOWN, How.SIGKILL);
        again(Who.WORKER, Phase.FEEDING, How.SIGSTOP);
        again(Who.WORKER, Phase.STEP, How.EXCEPTION);
        again(Who.WORKER, Phase.STEP, How.EXIT);
        again(Who.WORKER, Phase.FEEDING, How.OUT_OF_MEMORY);
        again(Who.WORKER, Phase.STEP, How.CUT_CONTROL);
        again(Who.WORKER, Phase.STEP, How.CUT_PEERS);
        again(Who.PS, Phase.STEP, How.SIGKILL);
        again(Who.PS, Phase.CHECKPOINTING, How.SIGKILL);
        again(Who.EVALUATOR, Phase.STEP, How.SIGKILL);
        again(Who.EXECUTOR, Phase.FEEDING, How.SIGKILL);
        again(Who.EXECUTOR, Phase.STEP, How.SIGKILL);
        again(Who.FEED_TASK, Phase.FEEDING, How.SIGKILL);
    }

    private void again(Who who, Phase phase, How how) {
        all.add(new Case(who, phase, how, 1, Expected.RECOVERED));
    }

    /** What happens between hosts. */
    static List<Case> network() {
        Cases cases = new Cases();
        for (Phase phase : List.of(Phase.FEEDING, Phase.STEP)) {
            cases.add(Who.NETWORK, phase, How.CUT, Expected.FAILED);
            cases.add(Who.NETWORK, phase, How.CUT_PAIR, Expected.FAILED);
            cases.add(Who.NETWORK, phase, How.CUT_SHORTLY, Expected.UNAFFECTED);
        }
        cases.add(Who.NETWORK, Phase.STEP, How.DELAY, Expected.UNAFFECTED);
        cases.add(Who.NETWORK, Phase.STEP, How.LOSS, Expected.UNAFFECTED);
        return List.copyOf(cases.all);
    }

    private void add(Who who, Phase phase, How how, Expected expected) {
        all.add(new Case(who, phase, how, 0, expected));
    }

    /** Chief and worker: every phase is their own. */
    private void nodes() {
        for (Who who : List.of(Who.WORKER, Who.CHIEF)) {
            for (Phase phase : Phase.values()) {
                add(who, phase, How.SIGKILL, Expected.FAILED);
            }
            for (Phase phase : List.of(Phase.REGISTERING, Phase.FEEDING, Phase.STEP)) {
                add(who, phase, How.SIGSTOP, Expected.FAILED);
            }
        }
        for (Phase phase : List.of(Phase.REGISTERING, Phase.STARTING, Phase.FEEDING, Phase.STEP, Phase.SHUTTING_DOWN)) {
            add(Who.WORKER, phase, How.EXCEPTION, Expected.FAILED);
        }
        for (Phase phase : List.of(Phase.STARTING, Phase.STEP, Phase.SHUTTING_DOWN)) {
            add(Who.WORKER, phase, How.EXIT, Expected.FAILED);
        }
        for (Phase phase : List.of(Phase.STARTING, Phase.FEEDING)) {
            add(Who.WORKER, phase, How.OUT_OF_MEMORY, Expected.FAILED);
        }
        for (Phase phase : List.of(Phase.FEEDING, Phase.CHECKPOINTING)) {
            add(Who.CHIEF, phase, How.PAUSE, Expected.UNAFFECTED);
        }
        for (Phase phase : List.of(Phase.CHECKPOINTING, Phase.EXPORTING)) {
            add(Who.CHIEF, phase, How.EXCEPTION, Expected.FAILED);
            add(Who.CHIEF, phase, How.EXIT, Expected.FAILED);
            add(Who.CHIEF, phase, How.SIGSTOP, Expected.FAILED);
        }
        for (Phase phase : List.of(Phase.STEP, Phase.EXPORTING)) {
            add(Who.CHIEF, phase, How.DISK_FULL, Expected.FAILED);
        }
    }

    /** Parameter servers and evaluators are damaged in what the others do. */
    private void bystanders() {
        for (Who who : List.of(Who.PS, Who.EVALUATOR)) {
            for (Phase phase :
                    List.of(Phase.REGISTERING, Phase.STARTING, Phase.STEP, Phase.EXPORTING, Phase.SHUTTING_DOWN)) {
                add(who, phase, How.SIGKILL, Expected.FAILED); // an evaluator's last export, say, is lost at the end
            }
            add(who, Phase.REGISTERING, How.SIGSTOP, Expected.FAILED);
            add(who, Phase.STEP, How.EXCEPTION, Expected.FAILED);
            add(who, Phase.STEP, How.EXIT, Expected.FAILED);
        }
        add(Who.PS, Phase.FEEDING, How.SIGKILL, Expected.FAILED);
        add(Who.PS, Phase.STEP, How.SIGSTOP, Expected.FAILED);
        add(Who.PS, Phase.STEP, How.OUT_OF_MEMORY, Expected.FAILED);
        add(Who.PS, Phase.CHECKPOINTING, How.SIGKILL, Expected.FAILED);
        add(Who.PS, Phase.STEP, How.PAUSE, Expected.UNAFFECTED);
    }

    private void executors() {
        for (Phase phase : RUNNING) {
            add(Who.EXECUTOR, phase, How.SIGKILL, Expected.FAILED);
        }
        add(Who.EXECUTOR, Phase.REGISTERING, How.SIGKILL, Expected.UNAFFECTED); // Spark launches the node elsewhere
        add(Who.EXECUTOR, Phase.SHUTTING_DOWN, How.SIGKILL, Expected.FAILED);
        add(Who.EXECUTOR, Phase.FEEDING, How.EXIT, Expected.FAILED);
        add(Who.EXECUTOR, Phase.FEEDING, How.OUT_OF_MEMORY, Expected.FAILED);
        add(Who.EXECUTOR, Phase.FEEDING, How.PAUSE, Expected.UNAFFECTED);
        add(Who.EXECUTOR, Phase.FEEDING, How.SIGSTOP, Expected.FAILED);
        add(Who.FEED_TASK, Phase.FEEDING, How.EXCEPTION, Expected.RECOVERED);
        add(Who.FEED_TASK, Phase.FEEDING, How.SIGKILL, Expected.FAILED);
        add(Who.FEED_TASK, Phase.FEEDING, How.PAUSE, Expected.UNAFFECTED);
    }

    private void connections() {
        add(Who.WORKER, Phase.FEEDING, How.CUT_CONTROL, Expected.FAILED);
        add(Who.WORKER, Phase.STEP, How.CUT_CONTROL, Expected.FAILED);
        add(Who.CHIEF, Phase.STEP, How.CUT_CONTROL, Expected.FAILED);
        add(Who.WORKER, Phase.STEP, How.CUT_PEERS, Expected.FAILED);
        add(Who.CHIEF, Phase.STEP, How.CUT_PEERS, Expected.FAILED);
        add(Who.FEED_TASK, Phase.FEEDING, How.CUT_FEED, Expected.UNAFFECTED);
        add(Who.EVALUATOR, Phase.STEP, How.CUT_CONTROL, Expected.FAILED);
        add(Who.PS, Phase.STEP, How.CUT_CONTROL, Expected.FAILED);
    }

    private void drivers() {
        for (Phase phase : Phase.values()) {
            add(Who.DRIVER, phase, How.SIGKILL, Expected.RECOVERED);
        }
        add(Who.DRIVER, Phase.STEP, How.PAUSE, Expected.UNAFFECTED);
        add(Who.DRIVER, Phase.STARTING, How.EXCEPTION, Expected.RECOVERED);
        add(Who.DRIVER, Phase.FEEDING, How.EXIT, Expected.RECOVERED);
        add(Who.DRIVER, Phase.STEP, How.OUT_OF_MEMORY, Expected.RECOVERED);
    }

    private void others() {
        add(Who.MONGODB, Phase.STARTING, How.SIGKILL, Expected.FAILED);
        add(Who.MONGODB, Phase.FEEDING, How.SIGKILL, Expected.FAILED);
        add(Who.MONGODB, Phase.FEEDING, How.SIGSTOP, Expected.FAILED);
        add(Who.MONGODB, Phase.FEEDING, How.PAUSE, Expected.UNAFFECTED);
        add(
                Who.MONGODB,
                Phase.FEEDING,
                How.CUT_CLIENTS,
                Expected.UNAFFECTED); // Spark tries again, from the row that is due
    }
}
