package io.tfcluster.reservation;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslHandler;
import io.tfcluster.transport.Handshake;
import io.tfcluster.transport.HandshakeException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Stands in front of a {@link Connection} until the peer has shown that it knows the secret; then makes room for it. */
@SuppressWarnings("FutureReturnValueIgnored") // what fails closes the channel, which is acted on
final class ServerHandshake extends ByteToMessageDecoder {
    private final Gate gate;
    private final Connection connection;
    private final Handshake.Acceptor acceptor;

    ServerHandshake(Gate gate, Connection connection) {
        this.gate = gate;
        this.connection = connection;
        this.acceptor = new Handshake.Acceptor(gate.secret, Wire.PURPOSE);
    }

    @Override
    public void channelActive(ChannelHandlerContext context) throws Exception {
        context.writeAndFlush(Unpooled.wrappedBuffer(acceptor.challenge()));
        // One limit for all of it: TLS, handshake and hello.
        connection.expireUnlessIntroduced(context.executor(), gate.limit.toNanos(), TimeUnit.NANOSECONDS);
        super.channelActive(context);
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        if (connection.isRejected()) {
            in.skipBytes(in.readableBytes());
            return;
        }
        if (in.readableBytes() < Handshake.RESPONSE_BYTES) {
            return;
        }
        byte[] response = new byte[Handshake.RESPONSE_BYTES];
        in.readBytes(response);
        byte[] proof;
        try {
            SslHandler tls = context.pipeline().get(SslHandler.class);
            proof = tls == null
                    ? acceptor.accept(response)
                    : acceptor.accept(response, Handshake.binding(tls.engine()));
        } catch (HandshakeException e) {
            in.skipBytes(in.readableBytes());
            connection.reject(e.toString());
            return;
        }
        context.writeAndFlush(Unpooled.wrappedBuffer(proof));
        context.pipeline().addAfter(context.name(), "messages", connection);
        context.pipeline().replace(this, "frames", Wire.frames());
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
        connection.reject("closed during the handshake");
        super.channelInactive(context);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        connection.reject(cause.toString());
    }
}
