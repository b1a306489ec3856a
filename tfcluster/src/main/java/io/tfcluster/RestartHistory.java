package io.tfcluster;

import io.tfcluster.reservation.NodeFailure;
import java.util.ArrayList;
import java.util.List;

/** Why a cluster was started again, each time; any thread may call. */
final class RestartHistory {
    private final List<TrainingReport.Restart> restarts = new ArrayList<>();

    synchronized void add(int generation, NodeFailure cause) {
        restarts.add(new TrainingReport.Restart(generation, cause));
    }

    synchronized List<TrainingReport.Restart> restarts() {
        return List.copyOf(restarts);
    }

    /** Returns an exception that tells of the restarts before it, too; without any the same one. */
    RuntimeException explained(RuntimeException error) {
        List<TrainingReport.Restart> before = restarts();
        if (before.isEmpty()) {
            return error;
        }
        List<String> lines = new ArrayList<>();
        before.forEach(restart -> lines.add("generation " + (restart.generation() - 1) + ", at "
                + restart.cause().time() + ": " + restart.cause().describe()));
        if (error instanceof NodeExitException exit) {
            return exit.restarts().isEmpty() ? exit.after(lines) : exit;
        }
        TrainingReport.Restart last = before.get(before.size() - 1);
        lines.add("generation " + last.generation() + ": " + error.getMessage());
        NodeExitException failure = new NodeExitException(last.cause(), List.of(), lines);
        failure.initCause(error);
        return failure;
    }
}
