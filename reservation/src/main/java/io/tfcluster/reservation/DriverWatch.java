package io.tfcluster.reservation;

import io.netty.channel.Channel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Ends a node's connection when the driver has been silent for too long: frozen, or behind a network that swallows everything. */
@SuppressWarnings("FutureReturnValueIgnored") // it ends with the event loop
final class DriverWatch implements Runnable {
    private final Channel channel;
    private final ClientConnection connection;
    private final long limitNanos;
    private final long tickNanos;
    private long ticked = System.nanoTime();
    private long pausedNanos;

    private DriverWatch(Channel channel, ClientConnection connection, Duration limit) {
        this.channel = channel;
        this.connection = connection;
        this.limitNanos = limit.toNanos();
        this.tickNanos = Math.max(1_000_000, limitNanos / 16);
    }

    static void start(Channel channel, ClientConnection connection, Duration limit) {
        DriverWatch watch = new DriverWatch(channel, connection, limit);
        channel.eventLoop().scheduleWithFixedDelay(watch, watch.tickNanos, watch.tickNanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void run() {
        long now = System.nanoTime();
        long pause = now - ticked - tickNanos;
        ticked = now;
        long silence = now - connection.heardNanos();
        pausedNanos = silence < tickNanos ? 0 : pausedNanos + Math.max(0, pause); // this process stood still
        if (silence - pausedNanos > limitNanos && channel.isActive()) {
            connection.broken("the driver has said nothing for " + Duration.ofNanos(silence), null);
            channel.close();
        }
    }
}
