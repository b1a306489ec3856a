package io.tfcluster.reservation;

import static java.util.Objects.requireNonNull;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.PortRange;
import io.tfcluster.transport.TlsEngines;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The driver's end of the control connections: collects the nodes of one generation of a cluster, makes the {@link ClusterSpec} of them,
 * tells it to all, and hears from then on who is alive, how far they are, and why one ended.
 *
 * <p>The driver starts one per cluster and generation and closes it. All methods may be called from any thread; those that wait have
 * a limit.
 *
 * <pre>{@code
 * ClusterTemplate template = ClusterTemplate.of(4, 1, false, Optional.of("chief"));
 * try (ReservationServer server = ReservationServer.builder(template, secret).host(driverHost).listener(events).start()) {
 *     launchNodes(server.address(), server.clusterId());
 *     List<NodeInfo> nodes = server.awaitNodes(Duration.ofMinutes(10));
 *     ...
 *     server.stop("training is done");
 *     server.awaitFarewells(server.nodes().keySet(), Duration.ofMinutes(1));
 * }
 * }</pre>
 */
@SuppressWarnings("FutureReturnValueIgnored") // what fails closes the channel, which is acted on
public final class ReservationServer implements AutoCloseable {
    private static final int THREADS = 2;
    private static final long CLOSE_LIMIT_MILLIS = 2_000;
    /** What may wait to be sent to one node before it is given up. */
    private static final int UNSENT_LIMIT = 16 << 20;

    private final Gate gate;
    private final ClusterTemplate template;
    private final Roster roster;
    private final Events events;
    private final IntFunction<String> missingTasks;
    private final NioEventLoopGroup threads;
    private final ChannelGroup channels;
    private final InetSocketAddress address;
    private final AtomicBoolean closed = new AtomicBoolean();

    private ReservationServer(Builder options, ServerSocketChannel socket) {
        int port = socket.socket().getLocalPort();
        this.template = options.template;
        this.missingTasks = options.missingTasks;
        this.address = new InetSocketAddress(options.host, port);
        this.gate = new Gate(
                options.secret, options.clusterId, options.generation, template.size(), options.handshakeLimit);
        this.events = new Events("reservation-" + port + "-events", List.copyOf(options.listeners));
        this.roster = new Roster(template, options.peerEndpoints, options.heartbeatLimit, events);
        AtomicInteger count = new AtomicInteger();
        this.threads = new NioEventLoopGroup(THREADS, runnable -> {
            Thread thread =
                    new FastThreadLocalThread(runnable, "reservation-" + port + "-io-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        this.channels = new DefaultChannelGroup("reservation-" + port, threads.next(), true);
    }

    /**
     * Starts the description of a server.
     *
     * @param template the nodes to wait for
     * @param secret what a node must know to be let in
     */
    public static Builder builder(ClusterTemplate template, ClusterSecret secret) {
        return new Builder(template, secret);
    }

    /** The options of a {@link ReservationServer}. */
    public static final class Builder {
        private final ClusterTemplate template;
        private final ClusterSecret secret;
        private final List<ReservationListener> listeners = new ArrayList<>();
        private String clusterId = UUID.randomUUID().toString();
        private int generation;
        private String host = "127.0.0.1";
        private PortRange ports = PortRange.ANY;
        private Duration heartbeatLimit = Duration.ofSeconds(60);
        private Duration handshakeLimit = Duration.ofSeconds(10);
        private @Nullable SSLContext tls;
        private IntFunction<String> missingTasks = ordinal -> "";
        private Set<String> peerEndpoints = Set.of("ring");

        private Builder(ClusterTemplate template, ClusterSecret secret) {
            this.template = requireNonNull(template, "template");
            this.secret = requireNonNull(secret, "secret");
        }

        /** Names the cluster; nodes must know the name. Default: a random one. */
        public Builder clusterId(String id) {
            clusterId = requireNonNull(id, "clusterId");
            return this;
        }

        /** Sets how often the cluster was started before, default 0; nodes of any other generation are refused. */
        public Builder generation(int number) {
            generation = number;
            return this;
        }

        /** Sets the address to listen on, which is also the one that {@link #address()} announces. Default 127.0.0.1. */
        public Builder host(String name) {
            host = requireNonNull(name, "host");
            return this;
        }

        /** Sets the ports of which the first free one is taken. Default: any. */
        public Builder ports(PortRange range) {
            ports = requireNonNull(range, "ports");
            return this;
        }

        /** Sets after how much silence a node counts as stalled, and after twice as much as lost. Default 60 s. */
        public Builder heartbeatLimit(Duration limit) {
            if (limit.compareTo(Duration.ofMillis(1)) < 0) {
                throw new IllegalArgumentException("heartbeatLimit must be 1 ms or more, got " + limit);
            }
            heartbeatLimit = limit;
            return this;
        }

        /** Encrypts all connections; nodes must do the same. The certificate is checked by the node, not its host name. */
        public Builder tls(SSLContext context) {
            tls = requireNonNull(context, "tls");
            return this;
        }

        /** Adds somebody who hears of every event. */
        public Builder listener(ReservationListener listener) {
            listeners.add(requireNonNull(listener, "listener"));
            return this;
        }

        /**
         * Sets who can say what the task of a node that has not come is doing, such as "waiting for a slot"; asked by ordinal when
         * {@link ReservationServer#awaitNodes} gives up. Default: nothing is said.
         */
        public Builder missingTasks(IntFunction<String> doing) {
            missingTasks = requireNonNull(doing, "missingTasks");
            return this;
        }

        /**
         * Sets which of a node's endpoints its peers are told, default "ring". Each costs its length times the square of the
         * number of nodes; the driver knows them all.
         */
        public Builder peerEndpoints(Set<String> names) {
            peerEndpoints = Set.copyOf(names);
            return this;
        }

        Builder handshakeLimit(Duration limit) {
            handshakeLimit = limit;
            return this;
        }

        /**
         * Binds the port and starts to serve.
         *
         * @throws io.tfcluster.transport.ChannelException if no port of the range is free or the host is not one of this machine
         */
        public ReservationServer start() {
            ServerSocketChannel socket = ports.bind(host, "reservation server");
            ReservationServer server = new ReservationServer(this, socket);
            try {
                server.serve(socket, tls, heartbeatLimit);
                return server;
            } catch (RuntimeException e) {
                server.close();
                throw e;
            }
        }
    }

    private void serve(ServerSocketChannel socket, @Nullable SSLContext tls, Duration heartbeatLimit) {
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(threads)
                .channelFactory(() -> new NioServerSocketChannel(socket))
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(
                        ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(UNSENT_LIMIT / 2, UNSENT_LIMIT))
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        accept(channel, tls);
                    }
                });
        Channel listening = bootstrap.register().syncUninterruptibly().channel();
        channels.add(listening);
        long tick = Math.max(5, Math.min(100, heartbeatLimit.toMillis() / 4));
        threads.next().scheduleWithFixedDelay(roster::tick, tick, tick, TimeUnit.MILLISECONDS);
    }

    private void accept(SocketChannel channel, @Nullable SSLContext tls) {
        channels.add(channel);
        if (tls != null) {
            channel.pipeline().addLast("tls", new SslHandler(TlsEngines.listening(tls)));
        }
        channel.pipeline().addLast("handshake", new ServerHandshake(gate, new Connection(channel, gate, roster)));
    }

    /** Returns where it listens: the host it was given, and the port it got. */
    public InetSocketAddress address() {
        return address;
    }

    /** Returns the name of the cluster. */
    public String clusterId() {
        return gate.clusterId;
    }

    /**
     * Waits until all nodes have registered.
     *
     * @return the nodes by ordinal
     * @throws ReservationTimeoutException if some did not come in time; it says who
     * @throws NodeFailedException as soon as a node has failed, before or during the wait
     * @throws IllegalStateException if the server was closed or this thread interrupted
     */
    public List<NodeInfo> awaitNodes(Duration timeout) {
        return roster.awaitNodes(timeout).orElseThrow(() -> {
            Set<Integer> arrived = nodes().keySet();
            List<Integer> missing = IntStream.range(0, template.size())
                    .filter(ordinal -> !arrived.contains(ordinal))
                    .boxed()
                    .toList();
            return ReservationTimeoutException.of(timeout, template, List.copyOf(arrived), missing, missingTasks);
        });
    }

    /**
     * Returns the addresses of all nodes by job.
     *
     * @throws IllegalStateException if not all have registered
     */
    public ClusterSpec clusterSpec() {
        return roster.spec();
    }

    /**
     * Sends a notice to a node that is connected now. It is not kept for one that registers later: whoever sends notices that carry
     * state sends them again on {@link ReservationListener#joined}.
     *
     * @return whether the node was connected; not whether it heard
     * @throws IllegalArgumentException if there is no such ordinal, or the details exceed 1 MiB
     */
    public boolean send(int ordinal, String topic, Map<String, String> details) {
        if (ordinal < 0 || ordinal >= template.size()) {
            throw new IllegalArgumentException("no node " + ordinal + " in a cluster of " + template.size());
        }
        return roster.send(ordinal, new Message.Notice(topic, details));
    }

    /** Sends a notice to all nodes that are connected now; see {@link #send}. */
    public void broadcast(String topic, Map<String, String> details) {
        roster.broadcast(new Message.Notice(topic, details));
    }

    /** Asks all nodes to end in good order, with a farewell; those that register later are asked at once. */
    public void stop(String reason) {
        roster.stop(requireNonNull(reason, "reason"));
    }

    /** Returns the nodes that have registered, by ordinal, whatever became of them since. */
    public SortedMap<Integer, NodeInfo> nodes() {
        return roster.query(node -> node.info);
    }

    /** Returns the latest progress of the nodes that reported any, by ordinal. */
    public SortedMap<Integer, NodeProgress> progress() {
        return roster.query(node -> node.progress);
    }

    /** Returns the results of the nodes that said farewell, by ordinal. */
    public SortedMap<Integer, Map<String, String>> farewells() {
        return roster.query(node -> node.result);
    }

    /** Returns one failure per attempt that failed or was lost, replaced attempts included, in the order of their first signs. */
    public List<NodeFailure> failures() {
        return roster.failures();
    }

    /**
     * Waits until each of these nodes has said farewell, or has failed and can no longer.
     *
     * @return whether all said farewell within the time
     */
    public boolean awaitFarewells(Set<Integer> ordinals, Duration timeout) {
        return roster.awaitFarewells(Set.copyOf(ordinals), timeout);
    }

    /**
     * Waits until nobody is connected any more: a launcher stays until its child has ended, so that all processes it reached are gone then.
     *
     * @return whether that was so within the time
     * @throws IllegalStateException if this thread is interrupted
     */
    public boolean awaitDisconnected(Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        try {
            for (Channel channel : channels) {
                boolean peer = channel instanceof SocketChannel;
                if (peer && !channel.closeFuture().await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    return false;
                }
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for the nodes to disconnect", e);
        }
    }

    /** Returns how many peers were dropped because they did not know the secret, the cluster or the protocol, or were too slow. */
    public int rejected() {
        return gate.rejected();
    }

    /**
     * Closes all connections, lets the listeners hear what happened so far, and ends all threads. Nodes that are still there find
     * their driver gone. Takes 4 s at most, usually a few milliseconds.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        gate.close();
        roster.close();
        channels.close().awaitUninterruptibly(CLOSE_LIMIT_MILLIS / 2);
        threads.shutdownGracefully(0, CLOSE_LIMIT_MILLIS / 2, TimeUnit.MILLISECONDS)
                .awaitUninterruptibly(CLOSE_LIMIT_MILLIS);
        events.close(CLOSE_LIMIT_MILLIS / 2);
    }
}
