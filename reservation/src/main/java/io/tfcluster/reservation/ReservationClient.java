package io.tfcluster.reservation;

import static java.util.Objects.requireNonNull;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.tfcluster.transport.ChannelException;
import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.TlsEngines;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's control connection to the driver, for life; or a launcher's, for reporting how its child ended.
 *
 * <p>A node connects, registers, waits for the cluster, sends heartbeats and says farewell before it closes; closing without a farewell
 * is a death to the driver. A launcher connects with the id of its child, reports the exit and closes; it never registers. Methods may
 * be called from any thread. Handlers are called on one thread of the client's own; what comes before a handler is set is kept for it.
 *
 * <pre>{@code
 * try (ReservationClient client = ReservationClient.connect(
 *         server, secret, clusterId, 0, new NodeId(1, 0), Optional.empty(), Duration.ofSeconds(30))) {
 *     client.onDisconnect(() -> Runtime.getRuntime().halt(1));
 *     client.register(new NodeInfo(new TaskSpec(Role.WORKER, 1, host, port), pid, executorId, Map.of()));
 *     client.startHeartbeats(Duration.ofSeconds(5), progress::now);
 *     ClusterView cluster = client.awaitCluster(Duration.ofMinutes(10));
 *     ...
 *     client.farewell(Map.of("accuracy", "0.87"));
 * }
 * }</pre>
 */
@SuppressWarnings("FutureReturnValueIgnored") // what fails closes the channel, which is acted on
public final class ReservationClient implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ReservationClient.class);
    private static final long CLOSE_LIMIT_MILLIS = 1_000;
    private static final int UNSENT_LIMIT = 16 << 20;
    private static final int MAX_LOG_LINES = 100;
    private static final int MAX_LOG_LINE = 2_000;

    /** A connection that the server drops after so long was too slow for it, and may be tried again. */
    private static final Duration SLOW = Duration.ofSeconds(5);

    private final InetSocketAddress server;
    private final Duration timeout;
    private final String name;
    private final NioEventLoopGroup thread;
    private final Inbox inbox;
    private final ClientConnection connection;
    private final Channel channel;
    private final AtomicReference<@Nullable Heartbeats> heartbeats = new AtomicReference<>();
    private final AtomicBoolean closed = new AtomicBoolean();

    private ReservationClient(
            InetSocketAddress server,
            Duration timeout,
            String name,
            NioEventLoopGroup thread,
            Inbox inbox,
            ClientConnection connection,
            Channel channel) {
        this.server = server;
        this.timeout = timeout;
        this.name = name;
        this.thread = thread;
        this.inbox = inbox;
        this.connection = connection;
        this.channel = channel;
    }

    /**
     * Connects, shakes hands and says who this is.
     *
     * @param id of the node, also when its launcher connects
     * @param tls encrypts the connection, and must trust the server's certificate; needed exactly if the server uses TLS
     * @param timeout for this, and later for each answer of the driver's
     * @throws ChannelException if there is no server, or it does not know the same secret; other texts, other causes
     * @throws FencedException if another generation is running
     * @throws IllegalArgumentException if the driver runs another version or knows no such node
     */
    public static ReservationClient connect(
            InetSocketAddress server,
            ClusterSecret secret,
            String clusterId,
            int generation,
            NodeId id,
            Optional<SSLContext> tls,
            Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (true) {
            long began = System.nanoTime();
            try {
                return connectOnce(server, secret, clusterId, generation, id, tls, timeout, deadline);
            } catch (ChannelException e) {
                // On a host that is short of processors this side may say too little in time, and the server drops it.
                // A wrong secret is refused at once.
                boolean wasSlow = System.nanoTime() - began >= SLOW.toNanos();
                if (!wasSlow || System.nanoTime() >= deadline) {
                    throw e;
                }
                log.info("connecting to the driver again, which closed before it said welcome: {}", e.getMessage());
            }
        }
    }

    private static ReservationClient connectOnce(
            InetSocketAddress server,
            ClusterSecret secret,
            String clusterId,
            int generation,
            NodeId id,
            Optional<SSLContext> tls,
            Duration timeout,
            long deadline) {
        String name = "reservation-client-" + id.ordinal() + "." + id.attempt();
        Message.Hello hello = new Message.Hello(Message.VERSION, clusterId, generation, id.ordinal(), id.attempt());
        NioEventLoopGroup thread = new NioEventLoopGroup(1, runnable -> {
            Thread made = new FastThreadLocalThread(runnable, name + "-io");
            made.setDaemon(true);
            return made;
        });
        Inbox inbox = new Inbox(name + "-handlers");
        ClientConnection connection = new ClientConnection(hello, inbox);
        Bootstrap bootstrap = new Bootstrap()
                .group(thread)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                        Math.max(1, Math.min(Integer.MAX_VALUE, (deadline - System.nanoTime()) / 1_000_000)))
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(UNSENT_LIMIT / 2, UNSENT_LIMIT))
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        tls.ifPresent(context ->
                                channel.pipeline().addLast("tls", new SslHandler(TlsEngines.connecting(context))));
                        channel.pipeline().addLast("handshake", new ClientHandshake(secret, connection));
                    }
                });
        try {
            ChannelFuture connecting = bootstrap.connect(server).awaitUninterruptibly();
            if (!connecting.isSuccess()) {
                throw new ChannelException(
                        "cannot reach the reservation server at " + server + " within " + timeout
                                + "; is the driver running, and does a firewall let its port through?",
                        new IOException(connecting.cause()));
            }
            ReservationClient client =
                    new ReservationClient(server, timeout, name, thread, inbox, connection, connecting.channel());
            client.await(connection.welcome(), Duration.ofNanos(deadline - System.nanoTime()), "its welcome");
            return client;
        } catch (RuntimeException e) {
            inbox.expectDisconnect();
            end(thread, inbox);
            throw e;
        }
    }

    /**
     * Makes this connection the node's; returns when the driver agreed. May be repeated, also on a new connection of the same attempt
     * while the driver has not given the node up.
     *
     * @throws FencedException if a newer attempt holds the place, or this one is over
     * @throws IllegalArgumentException if the task is not the one that the template has for this ordinal
     */
    public void register(NodeInfo info) {
        ask(new Message.Register(info), "its consent to the registration");
    }

    /**
     * Waits until all nodes have registered.
     *
     * @throws ChannelException if that did not happen within the timeout, or the connection ended
     * @throws FencedException if this node was replaced
     */
    public ClusterView awaitCluster(Duration limit) {
        return await(connection.view(), limit, "the complete cluster");
    }

    /**
     * Says at this interval that the node is alive and how far it is.
     *
     * @param progress asked each time, on a thread of the client's own; if it throws or blocks the heart does not beat as it should:
     *     an exception leaves the progress out, blocking makes the node look stalled
     * @throws IllegalStateException if they were started before
     */
    public void startHeartbeats(Duration interval, Supplier<NodeProgress> progress) {
        Heartbeats started = new Heartbeats(name + "-heartbeat", this::sendNow, progress);
        if (!heartbeats.compareAndSet(null, started)) {
            started.close();
            throw new IllegalStateException("the heartbeats of " + name + " were started before");
        }
        started.start(interval);
        if (closed.get()) {
            started.close();
        }
    }

    /**
     * Takes the driver for gone when it has said nothing for so long; {@link #onDisconnect} is told then. The driver shows every quarter
     * of its heartbeat limit that it lives, so this should be more. Without it only a connection that ends is noticed.
     */
    public void expectDriver(Duration limit) {
        DriverWatch.start(channel, connection, limit);
    }

    /** Sets who hears the driver's notices, topic and details, in order. */
    public void onNotice(BiConsumer<String, Map<String, String>> handler) {
        inbox.onNotice(requireNonNull(handler, "handler"));
    }

    /** Sets who is told, once, that the driver wants the node to end, with the reason. */
    public void onStop(Consumer<String> handler) {
        inbox.onStop(requireNonNull(handler, "handler"));
    }

    /** Sets who is told that the connection ended without this side wanting it: the driver is gone, or this node was replaced. */
    public void onDisconnect(Runnable handler) {
        inbox.onDisconnect(requireNonNull(handler, "handler"));
    }

    /**
     * Sends a notice to the driver's listeners; does not wait.
     *
     * @throws ChannelException if the connection has ended
     */
    public void notice(String topic, Map<String, String> details) {
        send(new Message.Notice(topic, details));
    }

    /** Sends lines of the node's log; lines of more than 2,000 letters are cut. Does not wait. */
    public void log(List<String> lines) {
        for (int from = 0; from < lines.size(); from += MAX_LOG_LINES) {
            send(new Message.Log(lines.subList(from, Math.min(lines.size(), from + MAX_LOG_LINES)).stream()
                    .map(line -> NodeFailure.cut(line, MAX_LOG_LINE))
                    .toList()));
        }
    }

    /**
     * Reports why this node is about to end; returns when the driver has it. Very long texts are cut. Also for a launcher that could not
     * start its child.
     */
    public void fail(NodeFailure failure) {
        ask(new Message.Fail(failure.shortened()), "its receipt for the failure");
    }

    /**
     * A launcher's report of its child's end; returns when the driver has it. Wherever the node itself is still registered or has just
     * vanished, the driver makes one failure of both; after a farewell an exit is no failure.
     *
     * @param host where the child ran
     * @param lastLines the end of its output, oldest first; the last 100 are sent
     */
    public void reportExit(String host, int exitCode, List<String> lastLines) {
        reportExit(host, exitCode, "", lastLines);
    }

    /**
     * As {@link #reportExit(String, int, List)}, with what the launcher found out about the end.
     *
     * @param note one line; where a crash report lies, for example
     */
    public void reportExit(String host, int exitCode, String note, List<String> lastLines) {
        List<String> lines = NodeFailure.lastLines(lastLines);
        ask(
                new Message.ExitReport(host, exitCode, NodeFailure.cut(note, MAX_LOG_LINE), lines),
                "its receipt for the exit report");
    }

    /** Says that the node ends as it should, with results for the report; returns when the driver has it. */
    public void farewell(Map<String, String> result) {
        inbox.expectDisconnect();
        ask(new Message.Farewell(result), "its receipt for the farewell");
    }

    private void send(Message message) {
        RuntimeException end = connection.end();
        if (end != null) {
            throw again(end);
        }
        sendNow(message);
    }

    private void sendNow(Message message) {
        channel.writeAndFlush(Wire.frame(message), channel.voidPromise());
    }

    private void ask(Message message, String what) {
        await(connection.ask(channel, message), timeout, what);
    }

    @SuppressWarnings("NullAway") // a Void future's value is null, and nobody looks at it
    private <T> T await(CompletableFuture<T> answer, Duration limit, String what) {
        try {
            return answer.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new ChannelException(
                    "the driver at " + server + " did not send " + what + " within " + limit, new IOException(e));
        } catch (ExecutionException e) {
            throw again(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for the driver to send " + what, e);
        }
    }

    /** Returns an exception of the same kind that has this thread in its stack trace. */
    private static RuntimeException again(@Nullable Throwable end) {
        if (end instanceof FencedException fenced) {
            return (FencedException) new FencedException(message(fenced)).initCause(fenced);
        }
        if (end instanceof IllegalArgumentException wrong) {
            return new IllegalArgumentException(message(wrong), wrong);
        }
        String text = end == null ? "the control connection ended" : message(end);
        return new ChannelException(text, new IOException(text, end));
    }

    private static String message(Throwable error) {
        return String.valueOf(error.getMessage());
    }

    /** Closes the connection and ends the client's threads. Takes 3 s at most, usually a few milliseconds. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        inbox.expectDisconnect();
        Heartbeats beating = heartbeats.get();
        if (beating != null) {
            beating.close();
        }
        channel.close();
        end(thread, inbox);
    }

    private static void end(NioEventLoopGroup thread, Inbox inbox) {
        thread.shutdownGracefully(0, CLOSE_LIMIT_MILLIS, TimeUnit.MILLISECONDS)
                .awaitUninterruptibly(2 * CLOSE_LIMIT_MILLIS);
        inbox.close(CLOSE_LIMIT_MILLIS);
    }
}
