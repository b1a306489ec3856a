package io.tfcluster.reservation;

import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.Handshake;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A peer that writes its bytes by hand, so that it can get them wrong. */
final class RawPeer implements AutoCloseable {
    final Socket socket = new Socket();
    final DataInputStream in;
    final DataOutputStream out;

    RawPeer(InetSocketAddress server) throws IOException {
        socket.connect(server, 5_000);
        socket.setSoTimeout(5_000);
        in = new DataInputStream(socket.getInputStream());
        out = new DataOutputStream(socket.getOutputStream());
    }

    byte[] challenge() throws IOException {
        return in.readNBytes(Handshake.CHALLENGE_BYTES);
    }

    RawPeer shake(ClusterSecret secret) throws IOException {
        Handshake.Initiator initiator = new Handshake.Initiator(secret, "control");
        out.write(initiator.respond(challenge()));
        initiator.verify(in.readNBytes(Handshake.PROOF_BYTES));
        return this;
    }

    RawPeer say(String json) throws IOException {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
        return this;
    }

    String hear() throws IOException {
        return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
    }

    /** Returns how many bytes come before the server closes. */
    int bytesUntilTheEnd() throws IOException {
        try {
            return in.readAllBytes().length;
        } catch (java.net.SocketTimeoutException e) {
            throw e;
        } catch (IOException e) { // a reset: closed with our bytes unread
            return 0;
        }
    }

    static String hello(int version, String cluster) {
        return "{\"type\":\"hello\",\"version\":" + version + ",\"clusterId\":\"" + cluster
                + "\",\"generation\":3,\"ordinal\":0,\"attempt\":0}";
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
