package io.tfcluster.benchmarks.fuzz;

import io.tfcluster.transport.ClusterSecret;
import java.net.SocketAddress;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/** One of our sockets, served as in a cluster, with an honest session over it that must not notice anything. */
interface Victim extends AutoCloseable {
    String name();

    SocketAddress address();

    ClusterSecret secret();

    /** What it encrypts with, and what trusts it, if it does. */
    default Optional<SSLContext> tls() {
        return Optional.empty();
    }

    /** What the socket is for, as the handshake has it. */
    String purpose();

    /** What an honest peer says after the handshake, recorded. */
    List<byte[]> conversation();

    /** Whether each of these is sent with its length in front. */
    boolean framed();

    /** How often the honest session has gone back and forth. */
    long exchanges();

    /** Whether an insider's bytes are read at once, so that its connection ends. */
    default boolean answersInsiders() {
        return true;
    }

    /** Attacks that need more than a connection; does about so many. */
    default long more(long insiders, Mutator mutator) {
        return 0;
    }

    /**
     * Waits until the honest session has gone back and forth so often from now on.
     *
     * @throws IllegalStateException if it broke, or does not get there within 60 s
     */
    void check(long further);

    /** Ends the session and stops to serve. */
    @Override
    void close();
}
