package io.tfcluster.reservation;

import io.netty.util.concurrent.FastThreadLocalThread;
import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends a node's progress at an interval, from a thread of its own. */
@SuppressWarnings("FutureReturnValueIgnored") // what fails closes the channel, which is acted on
final class Heartbeats {
    private static final Logger log = LoggerFactory.getLogger(Heartbeats.class);

    private final ScheduledThreadPoolExecutor thread;
    private final Consumer<Message> sender;
    private final Supplier<NodeProgress> progress;
    private boolean warned;

    Heartbeats(String name, Consumer<Message> sender, Supplier<NodeProgress> progress) {
        this.sender = sender;
        this.progress = progress;
        thread = new ScheduledThreadPoolExecutor(1, runnable -> {
            Thread made = new FastThreadLocalThread(runnable, name);
            made.setDaemon(true);
            return made;
        });
    }

    void start(Duration interval) {
        thread.scheduleAtFixedRate(this::beat, 0, Math.max(1, interval.toMillis()), TimeUnit.MILLISECONDS);
    }

    private void beat() {
        Message message;
        try {
            message = new Message.Heartbeat(progress.get());
        } catch (RuntimeException e) {
            if (!warned) {
                warned = true;
                log.warn("the progress of this node cannot be told; heartbeats go on without it", e);
            }
            message = new Message.Alive();
        }
        try {
            sender.accept(message);
        } catch (RuntimeException e) {
            log.warn("a heartbeat could not be sent", e);
        }
    }

    /** Ends the thread; a supplier that blocks is interrupted and not waited for longer than a second. */
    void close() {
        thread.shutdownNow();
        try {
            if (!thread.awaitTermination(1, TimeUnit.SECONDS)) {
                log.warn("the progress of this node is still being asked for");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
