package io.tfcluster.reservation;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The driver's end of one control connection: who it is, and what it says, handed to the {@link Roster}. */
@SuppressWarnings("FutureReturnValueIgnored") // what fails closes the channel, which is acted on
final class Connection extends SimpleChannelInboundHandler<ByteBuf> {
    private static final Logger log = LoggerFactory.getLogger(Connection.class);

    /** A registration is kept and sent to all peers; endpoints are a handful of addresses. */
    private static final int MAX_REGISTRATION = 64 << 10;

    private enum State {
        STRANGER,
        INTRODUCED,
        REJECTED
    }

    private final Channel channel;
    private final Gate gate;
    private final Roster roster;
    private final AtomicReference<State> state = new AtomicReference<>(State.STRANGER);
    private final String peer;
    private final AtomicReference<@Nullable String> ending = new AtomicReference<>();
    private @Nullable NodeId id;

    Connection(Channel channel, Gate gate, Roster roster) {
        this.channel = channel;
        this.gate = gate;
        this.roster = roster;
        this.peer = String.valueOf(channel.remoteAddress());
    }

    /** Counts it among the strangers until it has introduced itself, for which it has so long. */
    void expireUnlessIntroduced(EventExecutor executor, long delay, TimeUnit unit) {
        var timer = executor.schedule(() -> reject("said too little in time"), delay, unit);
        gate.strangers.add(this).ifPresent(eldest -> eldest.reject("gave way to a newer one"));
        channel.closeFuture().addListener(closed -> {
            timer.cancel(false);
            gate.strangers.remove(this);
        });
    }

    /** Closes the connection of a peer that has not introduced itself properly, and counts it; later calls do nothing. */
    void reject(String reason) {
        if (state.compareAndSet(State.STRANGER, State.REJECTED)) {
            gate.count(peer, reason);
            channel.close();
        }
    }

    boolean isRejected() {
        return state.get() == State.REJECTED;
    }

    void send(Message message) {
        send(Wire.frame(message));
    }

    /**
     * Sends soon, in the order of the calls. Never from within the call: callers hold the roster's lock, and the cluster for 5,000
     * nodes written under it would keep everybody else waiting for seconds.
     */
    void send(ByteBuf frame) {
        later(frame, () -> channel.writeAndFlush(frame, channel.voidPromise()));
    }

    /** Says no and closes. */
    void refuse(Message.Refused.Kind kind, String reason) {
        ByteBuf frame = Wire.frame(new Message.Refused(kind, reason));
        later(frame, () -> channel.writeAndFlush(frame).addListener(ChannelFutureListener.CLOSE));
    }

    private void later(ByteBuf frame, Runnable write) {
        try {
            channel.eventLoop().execute(write);
        } catch (RejectedExecutionException e) {
            frame.release(); // the server is closed
        }
    }

    /** Closes; the first reason counts, for writes that fail afterwards come here as well. */
    void close(String why) {
        ending.compareAndSet(null, why);
        channel.close();
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf frame) {
        int length = frame.readableBytes();
        Message message = Wire.read(frame);
        NodeId who = id;
        if (who != null) {
            if (message instanceof Message.Register && length > MAX_REGISTRATION) {
                throw new IllegalArgumentException(
                        "a registration of " + length + " bytes; the limit is " + MAX_REGISTRATION);
            }
            handle(who, message);
        } else if (message instanceof Message.Hello hello) {
            introduce(hello);
        } else {
            reject("did not say hello first");
        }
    }

    private void introduce(Message.Hello hello) {
        if (!hello.clusterId().equals(gate.clusterId)) {
            reject("belongs to another cluster");
        } else if (hello.version() != Message.VERSION) {
            refuseStranger(
                    Message.Refused.Kind.INVALID,
                    "protocol version " + hello.version() + " found, " + Message.VERSION
                            + " expected; run the same tfcluster jar on driver and executors");
        } else if (hello.generation() != gate.generation) {
            refuseStranger(
                    Message.Refused.Kind.FENCED,
                    "generation " + hello.generation() + " is not the running one, " + gate.generation);
        } else if (hello.ordinal() < 0 || hello.ordinal() >= gate.size || hello.attempt() < 0) {
            refuseStranger(
                    Message.Refused.Kind.INVALID,
                    "no node has ordinal " + hello.ordinal() + " and attempt " + hello.attempt() + " in a cluster of "
                            + gate.size);
        } else {
            welcome(new NodeId(hello.ordinal(), hello.attempt()));
        }
    }

    private void welcome(NodeId who) {
        String done = roster.done(who);
        if (done != null) {
            refuseStranger(Message.Refused.Kind.FENCED, done);
        } else if (state.compareAndSet(State.STRANGER, State.INTRODUCED)) {
            id = who;
            gate.strangers.remove(this);
            send(new Message.Welcome());
        }
    }

    /** These know the secret, so they may learn why. */
    private void refuseStranger(Message.Refused.Kind kind, String reason) {
        if (state.compareAndSet(State.STRANGER, State.REJECTED)) {
            gate.count(peer, reason);
            refuse(kind, reason);
        }
    }

    private void handle(NodeId who, Message message) {
        if (message instanceof Message.Register register) {
            roster.register(this, who, register.node());
        } else if (message instanceof Message.Heartbeat heartbeat) {
            roster.heard(this, who, heartbeat.progress());
        } else if (message instanceof Message.Alive) {
            roster.heard(this, who, null);
        } else if (message instanceof Message.Log lines) {
            roster.log(this, who, lines.lines());
        } else if (message instanceof Message.Notice notice) {
            roster.notice(this, who, notice);
        } else if (message instanceof Message.Fail fail) {
            roster.failed(who, fail.failure());
            send(new Message.Received());
        } else if (message instanceof Message.ExitReport report) {
            roster.exited(who, report);
            send(new Message.Received());
        } else if (message instanceof Message.Farewell farewell) {
            roster.farewell(this, who, farewell.result());
        } else {
            throw new IllegalArgumentException(
                    "a node does not send " + message.getClass().getSimpleName());
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) throws Exception {
        if (!context.channel().isWritable()) {
            close("the node does not read what it is sent");
        }
        super.channelWritabilityChanged(context);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
        reject("closed before its hello");
        NodeId who = id;
        if (who != null) {
            String why = ending.get();
            roster.closed(this, who, why == null ? "the control connection closed without a farewell" : why);
        }
        super.channelInactive(context);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (state.get() == State.STRANGER) {
            reject(cause.toString());
            return;
        }
        log.debug("control connection from {} ({}) ends", peer, id, cause);
        String what = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        close("the control connection broke: " + what);
    }
}
