package io.tfcluster.transport;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSessionContext;

/**
 * Makes the two sides of TLS connections. Both forget their sessions: connections live as long as what they are for and are not resumed, and the
 * JDK would keep 20,480 sessions of each context for a day, 15 MiB, filled by anyone who completes a handshake and needs no secret for it.
 */
public final class TlsEngines {
    private TlsEngines() {}

    /** Returns the side that connects. */
    public static SSLEngine connecting(SSLContext context) {
        return engine(context, true, context.getClientSessionContext());
    }

    /** Returns the side that listens. */
    public static SSLEngine listening(SSLContext context) {
        return engine(context, false, context.getServerSessionContext());
    }

    private static SSLEngine engine(SSLContext context, boolean connects, SSLSessionContext sessions) {
        sessions.setSessionCacheSize(1); // 0 would be without limit
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(connects);
        return engine;
    }
}
