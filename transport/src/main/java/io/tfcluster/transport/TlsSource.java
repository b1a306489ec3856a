package io.tfcluster.transport;

import java.io.Serializable;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/** Where a process that connects gets its TLS from; travels to that process, which an {@link SSLContext} cannot. */
@FunctionalInterface
public interface TlsSource extends Serializable {
    /** No TLS. */
    TlsSource NONE = Optional::empty;

    /** Returns what trusts the listeners' certificates, or empty to go without TLS; may read files. */
    Optional<SSLContext> client();
}
