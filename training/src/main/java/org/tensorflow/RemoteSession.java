package org.tensorflow;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.tensorflow.internal.c_api.TF_Session;
import org.tensorflow.internal.c_api.TF_SessionOptions;
import org.tensorflow.internal.c_api.TF_Status;
import org.tensorflow.internal.c_api.global.tensorflow;
import org.tensorflow.proto.ConfigProto;

/**
 * A session on a TensorFlow server, which {@link Session}'s public constructors cannot open.
 *
 * <p>It stands in this package because the constructor that takes a native session is package-private. Run through {@link #session()};
 * close this, not the session. One thread runs, any thread may {@link #abort()}.
 */
public final class RemoteSession implements AutoCloseable {
    private static final long RECHECK_MILLIS = 1_000;

    private final Session session;
    private final TF_Session handle;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicBoolean aborted = new AtomicBoolean();
    private int fetching;

    private RemoteSession(Session session, TF_Session handle) {
        this.session = session;
        this.handle = handle;
    }

    /**
     * Opens a session.
     *
     * @param target {@code grpc://host:port} of a server, or empty for a direct session in this process
     * @throws RuntimeException TensorFlow's, if the target cannot be used
     */
    public static RemoteSession open(Graph graph, String target, ConfigProto config) {
        byte[] bytes = config.toByteArray();
        try (PointerScope scope = new PointerScope();
                Graph.Reference reference = graph.ref()) {
            TF_SessionOptions options = TF_SessionOptions.newSessionOptions();
            TF_Status status = TF_Status.newStatus();
            tensorflow.TF_SetTarget(options, target);
            tensorflow.TF_SetConfig(options, new BytePointer(bytes), bytes.length, status);
            status.throwExceptionIfNotOK();
            TF_Session handle = tensorflow.TF_NewSession(reference.nativeHandle(), options, status);
            status.throwExceptionIfNotOK();
            return new RemoteSession(new Session(graph, handle), handle);
        }
    }

    /** Returns the session to run with. */
    public Session session() {
        return session;
    }

    /**
     * Begins a run whose results come one after the other, see {@link PartialRun}.
     *
     * @param feeds by tensor name; they may be closed when this returns
     * @param fetches tensor names, in the order in which they are to be had
     * @throws RuntimeException TensorFlow's, if it refuses the feeds or the session was closed
     */
    public PartialRun partialRun(Map<String, ? extends Tensor> feeds, List<String> fetches) {
        return PartialRun.begin(this, feeds, fetches);
    }

    /** Returns the native session for a call that {@link #leave()} ends; until then it is not closed. */
    synchronized TF_Session enter() {
        if (closed.get()) {
            throw new IllegalStateException("the session is closed");
        }
        fetching++;
        return handle;
    }

    synchronized void leave() {
        fetching--;
        notifyAll();
    }

    /** Ends runs that are in flight, from any thread, with an error in milliseconds; the session is spent. */
    public void abort() {
        if (closed.get() || !aborted.compareAndSet(false, true)) {
            return;
        }
        try (PointerScope scope = new PointerScope()) {
            TF_Status status = TF_Status.newStatus();
            tensorflow.TF_CloseSession(handle, status);
        }
    }

    /** Closes the session; waits for a run that is in flight, so {@link #abort()} first if one may hang. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            awaitFetches();
            session.close();
        }
    }

    private synchronized void awaitFetches() {
        boolean interrupted = false;
        while (fetching > 0) { // as long as the session's own runs are waited for: till they end, or are aborted
            try {
                wait(RECHECK_MILLIS);
            } catch (InterruptedException e) {
                interrupted = true; // closing the session under a call would end the process
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
