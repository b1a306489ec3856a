package io.tfcluster;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out who called System.exit in a node: the exit code alone does not tell where to look. The caller stands in the call until the shutdown
 * hooks are through, one of which this is.
 */
final class ExitCall {
    private static final Logger log = LoggerFactory.getLogger(ExitCall.class);
    private static final long LIMIT_MILLIS = 2_000;

    private ExitCall() {}

    /** Has {@code tell} hear of a call of System.exit or Runtime.exit, before the process ends; for at most 2 s. */
    static void watch(Consumer<Throwable> tell) {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(() -> find().ifPresent(call -> within(tell, call)), "node-exit-hook"));
    }

    private static void within(Consumer<Throwable> tell, Throwable call) {
        Thread telling = new Thread(() -> tell.accept(call), "node-exit-report");
        telling.setDaemon(true);
        telling.start();
        try {
            telling.join(LIMIT_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (telling.isAlive()) {
            log.warn("the driver did not take the word of System.exit within {} ms", LIMIT_MILLIS);
        }
    }

    /** Returns the call as an exception with the stack of the thread that made it; empty if the JVM ends for another reason. */
    private static Optional<Throwable> find() {
        for (Map.Entry<Thread, StackTraceElement[]> each :
                Thread.getAllStackTraces().entrySet()) {
            StackTraceElement[] frames = each.getValue();
            int exit = -1;
            for (int i = 0; i < frames.length; i++) {
                String frame = frames[i].getClassName() + "." + frames[i].getMethodName();
                if (frame.equals("java.lang.System.exit") || frame.equals("java.lang.Runtime.exit")) {
                    exit = i;
                }
            }
            if (exit >= 0 && exit + 1 < frames.length) {
                String where = Traces.frame(frames[exit + 1]);
                Throwable call = new IllegalStateException("System.exit was called by thread \""
                        + each.getKey().getName() + "\" at " + where + "; a main function returns or throws");
                call.setStackTrace(Arrays.copyOfRange(frames, exit, frames.length));
                return Optional.of(call);
            }
        }
        return Optional.empty();
    }
}
