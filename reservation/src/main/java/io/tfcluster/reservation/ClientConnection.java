package io.tfcluster.reservation;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.tfcluster.transport.ChannelException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The node's end of the connection as the I/O thread sees it: completes what callers wait for, hands the rest to the {@link Inbox}. */
@SuppressWarnings("FutureReturnValueIgnored") // what fails closes the channel, which is acted on
final class ClientConnection extends SimpleChannelInboundHandler<ByteBuf> {
    private final Message.Hello hello;
    private final Inbox inbox;
    private final ClusterFrames.Assembler cluster = new ClusterFrames.Assembler();
    private final CompletableFuture<@Nullable Void> welcome = new CompletableFuture<>();

    // Guarded by this: what callers wait for, and why it will not come any more.
    private final Queue<CompletableFuture<@Nullable Void>> registered = new ArrayDeque<>();
    private final Queue<CompletableFuture<@Nullable Void>> received = new ArrayDeque<>();
    private CompletableFuture<ClusterView> view = new CompletableFuture<>();
    private @Nullable RuntimeException end;
    private volatile long heardNanos = System.nanoTime();

    ClientConnection(Message.Hello hello, Inbox inbox) {
        this.hello = hello;
        this.inbox = inbox;
    }

    CompletableFuture<@Nullable Void> welcome() {
        return welcome;
    }

    synchronized CompletableFuture<ClusterView> view() {
        return view;
    }

    /** Sends a message that the server answers with one word, in order; the future completes with the answer. */
    synchronized CompletableFuture<@Nullable Void> ask(Channel channel, Message message) {
        CompletableFuture<@Nullable Void> answer = new CompletableFuture<>();
        if (end != null) {
            answer.completeExceptionally(end);
            return answer;
        }
        ByteBuf frame = Wire.frame(message);
        (message instanceof Message.Register ? registered : received).add(answer);
        channel.writeAndFlush(frame, channel.voidPromise());
        return answer;
    }

    /** Returns why the connection ended, or null while it lives. */
    synchronized @Nullable RuntimeException end() {
        return end;
    }

    /** Returns when the driver was last heard of. */
    long heardNanos() {
        return heardNanos;
    }

    void broken(String why, @Nullable Throwable cause) {
        ended(
                cause instanceof RuntimeException known && known instanceof ChannelException
                        ? known
                        : new ChannelException(why, new IOException(why, cause)));
    }

    /** Fails everything that is waited for; only the first reason counts. */
    private void ended(RuntimeException why) {
        synchronized (this) {
            if (end != null) {
                return;
            }
            end = why;
        }
        // Nobody adds to the queues any more; completing runs callers' code and must not hold the lock.
        welcome.completeExceptionally(why);
        registered.forEach(answer -> answer.completeExceptionally(why));
        received.forEach(answer -> answer.completeExceptionally(why));
        view().completeExceptionally(why);
        inbox.disconnected();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        context.writeAndFlush(Wire.frame(hello));
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf frame) {
        Message message = Wire.read(frame);
        heardNanos = System.nanoTime();
        if (message instanceof Message.Welcome) {
            welcome.complete(null);
        } else if (message instanceof Message.Registered) {
            answer(registered);
        } else if (message instanceof Message.Received) {
            answer(received);
        } else if (message instanceof Message.Cluster part) {
            ClusterView complete = cluster.add(part);
            if (complete != null) {
                newView(complete);
            }
        } else if (message instanceof Message.Alive) {
            return; // to be heard is all that it is for
        } else if (message instanceof Message.Notice notice) {
            inbox.notice(notice);
        } else if (message instanceof Message.Stop stop) {
            inbox.stop(stop.reason());
        } else if (message instanceof Message.Refused refused) {
            ended(
                    refused.kind() == Message.Refused.Kind.FENCED
                            ? new FencedException(refused.reason())
                            : new IllegalArgumentException("the driver refused this node: " + refused.reason()));
            context.close();
        } else {
            throw new IllegalArgumentException(
                    "a driver does not send " + message.getClass().getSimpleName());
        }
    }

    private synchronized void newView(ClusterView complete) {
        if (!view.complete(complete)) {
            view = CompletableFuture.completedFuture(complete);
        }
    }

    private void answer(Queue<CompletableFuture<@Nullable Void>> waiting) {
        CompletableFuture<@Nullable Void> first;
        synchronized (this) {
            first = waiting.poll();
        }
        if (first != null) {
            first.complete(null);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) throws Exception {
        if (!context.channel().isWritable()) {
            broken("the driver does not read what it is sent", null);
            context.close();
        }
        super.channelWritabilityChanged(context);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
        broken("the control connection to the driver closed", null);
        super.channelInactive(context);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        broken("the control connection to the driver broke: " + cause, cause);
        context.close();
    }
}
