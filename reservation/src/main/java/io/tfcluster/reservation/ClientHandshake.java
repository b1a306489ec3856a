package io.tfcluster.reservation;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslHandler;
import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.Handshake;
import java.util.List;

/** Answers the server's challenge, checks its proof, and then makes room for the {@link ClientConnection}. */
@SuppressWarnings("FutureReturnValueIgnored") // what fails closes the channel, which is acted on
final class ClientHandshake extends ByteToMessageDecoder {
    private final Handshake.Initiator initiator;
    private final ClientConnection connection;
    private boolean answered;

    ClientHandshake(ClusterSecret secret, ClientConnection connection) {
        this.initiator = new Handshake.Initiator(secret, Wire.PURPOSE);
        this.connection = connection;
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        if (!answered) {
            if (in.readableBytes() >= Handshake.CHALLENGE_BYTES) {
                answered = true;
                SslHandler tls = context.pipeline().get(SslHandler.class);
                byte[] challenge = take(in, Handshake.CHALLENGE_BYTES);
                context.writeAndFlush(Unpooled.wrappedBuffer(
                        tls == null
                                ? initiator.respond(challenge)
                                : initiator.respond(challenge, Handshake.binding(tls.engine()))));
            }
        } else if (in.readableBytes() >= Handshake.PROOF_BYTES) {
            initiator.verify(take(in, Handshake.PROOF_BYTES));
            context.pipeline().addAfter(context.name(), "messages", connection);
            context.pipeline().replace(this, "frames", Wire.frames());
        }
    }

    private static byte[] take(ByteBuf in, int length) {
        byte[] bytes = new byte[length];
        in.readBytes(bytes);
        return bytes;
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
        connection.broken(
                "the server closed the connection during the handshake; is this its cluster's secret, and do both or"
                        + " neither use TLS?",
                null);
        super.channelInactive(context);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        Throwable root = cause.getCause() == null ? cause : cause.getCause(); // Netty wraps what decoders throw
        connection.broken("the handshake failed: " + root.getMessage(), root);
        context.close();
    }
}
