package io.tfcluster.transport;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/**
 * Mutual challenge and response with a {@link ClusterSecret}, as pure functions over byte arrays of fixed length.
 *
 * <p>Who uses it moves the bytes: see the drawing in the package page. Each side contributes 32 random bytes, so a recorded exchange
 * cannot be replayed, and the <em>purpose</em> of the connection is part of what is signed, so an answer given on one kind of
 * connection is worth nothing on another. Under TLS the certificate of the listening side is part of it as well ({@link #binding}): who
 * stands in the middle with a certificate of his own, even one that the trust store vouches for, cannot pass the exchange on.
 */
public final class Handshake {
    private static final byte[] MAGIC = "TFC1".getBytes(StandardCharsets.US_ASCII);
    private static final int NONCE_BYTES = 32;
    private static final int MAC_BYTES = 32;
    private static final byte[] UNBOUND = new byte[0];

    /** Length of the acceptor's first message. */
    public static final int CHALLENGE_BYTES = 4 + NONCE_BYTES;
    /** Length of the initiator's answer. */
    public static final int RESPONSE_BYTES = NONCE_BYTES + MAC_BYTES;
    /** Length of the acceptor's last message. */
    public static final int PROOF_BYTES = MAC_BYTES;

    private Handshake() {}

    /** The side that listens; one object per connection. */
    public static final class Acceptor {
        private final ClusterSecret secret;
        private final String purpose;
        private final byte[] nonce = nonce();
        private final AtomicBoolean used = new AtomicBoolean();

        /**
         * Starts an exchange.
         *
         * @param purpose what the connection is for, the same word on both sides
         */
        public Acceptor(ClusterSecret secret, String purpose) {
            this.secret = secret;
            this.purpose = purpose;
        }

        /** Returns the {@value Handshake#CHALLENGE_BYTES} bytes to send first. */
        public byte[] challenge() {
            return concat(MAGIC, nonce);
        }

        /**
         * Checks the initiator's answer and returns the {@value Handshake#PROOF_BYTES} bytes to send back.
         *
         * @throws HandshakeException if the initiator does not hold the secret, or the exchange is over: it serves one answer
         */
        public byte[] accept(byte[] response) {
            return accept(response, UNBOUND);
        }

        /**
         * As {@link #accept(byte[])}, on a connection that is bound to something.
         *
         * @param binding what {@link Handshake#binding} returns for this end of the connection
         */
        public byte[] accept(byte[] response, byte[] binding) {
            if (!used.compareAndSet(false, true)) {
                throw new HandshakeException("a second answer to one challenge (connection for " + purpose + ")");
            }
            if (response.length != RESPONSE_BYTES) {
                throw new HandshakeException(
                        "handshake response has " + response.length + " bytes, not " + RESPONSE_BYTES);
            }
            byte[] theirs = Arrays.copyOf(response, NONCE_BYTES);
            byte[] mac = Arrays.copyOfRange(response, NONCE_BYTES, RESPONSE_BYTES);
            if (!MessageDigest.isEqual(mac, mac(secret, "client", purpose, nonce, theirs, binding))) {
                throw new HandshakeException(
                        "the peer does not know this cluster's secret (connection for " + purpose + ")");
            }
            return mac(secret, "server", purpose, nonce, theirs, binding);
        }
    }

    /** The side that connects; one object per connection. */
    public static final class Initiator {
        private final ClusterSecret secret;
        private final String purpose;
        private final byte[] nonce = nonce();
        private byte[] theirs = new byte[0];
        private byte[] binding = UNBOUND;

        /**
         * Starts an exchange.
         *
         * @param purpose what the connection is for, the same word on both sides
         */
        public Initiator(ClusterSecret secret, String purpose) {
            this.secret = secret;
            this.purpose = purpose;
        }

        /**
         * Returns the {@value Handshake#RESPONSE_BYTES} bytes that answer a challenge.
         *
         * @throws HandshakeException if the challenge is not one of this protocol: something else listens on that port
         */
        public byte[] respond(byte[] challenge) {
            return respond(challenge, UNBOUND);
        }

        /**
         * As {@link #respond(byte[])}, on a connection that is bound to something.
         *
         * @param channel what {@link Handshake#binding} returns for this end of the connection
         */
        public byte[] respond(byte[] challenge, byte[] channel) {
            if (challenge.length != CHALLENGE_BYTES
                    || !Arrays.equals(challenge, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
                throw new HandshakeException(
                        "the peer does not speak this protocol; does another program listen there?");
            }
            theirs = Arrays.copyOfRange(challenge, MAGIC.length, CHALLENGE_BYTES);
            binding = channel.clone();
            return concat(nonce, mac(secret, "client", purpose, theirs, nonce, binding));
        }

        /**
         * Checks that the acceptor holds the secret as well.
         *
         * @throws HandshakeException if it does not
         */
        public void verify(byte[] proof) {
            if (theirs.length != NONCE_BYTES
                    || !MessageDigest.isEqual(proof, mac(secret, "server", purpose, theirs, nonce, binding))) {
                throw new HandshakeException("the peer could not prove that it knows this cluster's secret");
            }
        }
    }

    /**
     * Returns what binds an exchange to a TLS connection whose handshake is done: a hash of the certificate that the listening side shows,
     * the <em>tls-server-end-point</em> of RFC 5929 with SHA-256.
     *
     * @param engine either side's
     * @throws HandshakeException if the listening side shows none
     */
    public static byte[] binding(SSLEngine engine) {
        try {
            SSLSession session = engine.getSession();
            Certificate[] shown =
                    engine.getUseClientMode() ? session.getPeerCertificates() : session.getLocalCertificates();
            if (shown == null || shown.length == 0) {
                throw new HandshakeException("no certificate was shown in the TLS handshake");
            }
            return MessageDigest.getInstance("SHA-256").digest(shown[0].getEncoded());
        } catch (SSLPeerUnverifiedException | GeneralSecurityException e) {
            throw new HandshakeException("no certificate was shown in the TLS handshake: " + e.getMessage());
        }
    }

    /** The binding is 32 bytes or none, and comes last: no two inputs make the same bytes. */
    private static byte[] mac(
            ClusterSecret secret, String side, String purpose, byte[] acceptor, byte[] initiator, byte[] binding) {
        byte[] label = (side + '\0' + purpose + '\0').getBytes(StandardCharsets.UTF_8);
        return secret.hmac(label, acceptor, initiator, binding);
    }

    private static byte[] nonce() {
        byte[] nonce = new byte[NONCE_BYTES];
        new SecureRandom().nextBytes(nonce);
        return nonce;
    }

    private static byte[] concat(byte[] left, byte[] right) {
        byte[] both = Arrays.copyOf(left, left.length + right.length);
        System.arraycopy(right, 0, both, left.length, right.length);
        return both;
    }
}
