package io.tfcluster;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs a check on a thread of its own, so that a file system that hangs is a finding and not the end of all checks. */
final class DoctorGuard {
    private static final int LONGEST = 600;

    private DoctorGuard() {}

    /** Returns what the check finds, or that it failed, or that it did not end within the limit. */
    static List<Finding> run(String where, String topic, String advice, Duration limit, Callable<List<Finding>> check) {
        FutureTask<List<Finding>> task = new FutureTask<>(check);
        Thread thread = new Thread(task, "tfcluster-doctor-" + topic.replace(' ', '-'));
        thread.setDaemon(true);
        thread.start();
        try {
            return task.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            task.cancel(true);
            return List.of(Finding.wouldFail(where, topic, "no answer within " + limit, advice));
        } catch (ExecutionException e) {
            return List.of(Finding.wouldFail(where, topic, text(cause(e)), advice));
        } catch (InterruptedException e) {
            task.cancel(true);
            Thread.currentThread().interrupt();
            return List.of(Finding.warning(where, topic, "not looked at: interrupted", "run the check again"));
        }
    }

    static Throwable cause(ExecutionException e) {
        Throwable cause = e.getCause();
        return cause == null ? e : cause;
    }

    /** Returns what an error and its causes say, in one line. */
    static String text(Throwable error) {
        StringBuilder text = new StringBuilder();
        for (Throwable each = error; each != null && text.length() < LONGEST; each = each.getCause()) {
            String message = each.getMessage();
            String part =
                    message == null || each instanceof LinkageError || each instanceof ReflectiveOperationException
                            ? each.toString()
                            : message;
            if (!text.toString().contains(part)) {
                text.append(text.isEmpty() ? "" : ": ").append(part);
            }
        }
        return shortened(text.toString());
    }

    /** Returns a text of any length as one that fits a table. */
    static String shortened(String text) {
        String line = text.replaceAll("\\s+", " ").strip();
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…";
    }
}
