package io.tfcluster.transport;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The 32 random bytes that the processes of one cluster share, and nobody else.
 *
 * <p>The driver makes one per cluster; it travels inside Spark's own task data and over the standard input of child processes, never on
 * a command line, in an environment variable or in a log: {@link #toString()} does not show it.
 */
public final class ClusterSecret implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Length of a secret in bytes. */
    public static final int BYTES = 32;

    private static final String ALGORITHM = "HmacSHA256";

    private final byte[] key;

    private ClusterSecret(byte[] key) {
        this.key = key;
    }

    /** Returns a fresh secret from the platform's strong random source. */
    public static ClusterSecret random() {
        byte[] key = new byte[BYTES];
        new SecureRandom().nextBytes(key);
        return new ClusterSecret(key);
    }

    /**
     * Returns the secret that another process wrote with {@link #toBytes()}.
     *
     * @throws IllegalArgumentException unless {@code key} has {@link #BYTES} bytes
     */
    public static ClusterSecret of(byte[] key) {
        if (key.length != BYTES) {
            throw new IllegalArgumentException("a cluster secret has " + BYTES + " bytes, got " + key.length);
        }
        return new ClusterSecret(key.clone());
    }

    /**
     * Returns a secret that follows from this one and a label; who holds it learns neither this one nor that of another label.
     *
     * @param label what it is for, {@code generation 3} for example
     */
    public ClusterSecret derive(String label) {
        return new ClusterSecret(hmac(("derive\0" + label).getBytes(StandardCharsets.UTF_8)));
    }

    /** Returns a copy of the key, for handing it to a child process. */
    public byte[] toBytes() {
        return key.clone();
    }

    /** Returns HMAC-SHA256 over the parts, one after the other; the caller keeps parts of varying length apart. */
    byte[] hmac(byte[]... parts) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            for (byte[] part : parts) {
                mac.update(part);
            }
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JVM lacks " + ALGORITHM + ", which every Java platform must have", e);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ClusterSecret secret && MessageDigest.isEqual(key, secret.key);
    }

    @Override
    public int hashCode() {
        return 0; // a hash of the key would be a hint at the key
    }

    @Override
    public String toString() {
        return "ClusterSecret[hidden]";
    }
}
