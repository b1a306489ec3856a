package org.tensorflow;

import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.PointerScope;
import org.tensorflow.internal.c_api.TF_Output;
import org.tensorflow.internal.c_api.TF_Session;
import org.tensorflow.internal.c_api.TF_Status;
import org.tensorflow.internal.c_api.TF_Tensor;
import org.tensorflow.internal.c_api.global.tensorflow;

/**
 * A run of a direct session that hands out each result when it is computed, while TensorFlow computes the next ones.
 *
 * <p>Made by {@link RemoteSession#partialRun}; one thread at a time takes the results. It has no limit of its own: {@link
 * RemoteSession#abort()} ends it. Whoever does not take all results leaves TensorFlow's memory of the run to the end of the session. An
 * operation that fails spends the session, as an abort does: TensorFlow cancels all of it.
 *
 * <p>It stands in this package because the native handles are package-private.
 */
public final class PartialRun implements AutoCloseable {
    private final RemoteSession session;
    private final BytePointer handle;
    private final List<? extends Output<?>> fetches;
    private int taken;
    private boolean closed;

    private PartialRun(RemoteSession session, BytePointer handle, List<? extends Output<?>> fetches) {
        this.session = session;
        this.handle = handle;
        this.fetches = fetches;
    }

    static PartialRun begin(RemoteSession session, Map<String, ? extends Tensor> feeds, List<String> fetches) {
        Graph graph = session.session().graph();
        List<? extends Output<?>> wanted =
                fetches.stream().map(graph::outputOrThrow).toList();
        List<? extends Map.Entry<String, ? extends Tensor>> fed = List.copyOf(feeds.entrySet());
        TF_Session target = session.enter();
        try (PointerScope scope = new PointerScope()) {
            TF_Output inputs = handles(
                    fed.stream().map(feed -> graph.outputOrThrow(feed.getKey())).toList());
            PointerPointer<TF_Tensor> values = new PointerPointer<>(Math.max(1, fed.size()));
            for (int i = 0; i < fed.size(); i++) {
                values.put(i, fed.get(i).getValue().asRawTensor().nativeHandle());
            }
            TF_Status status = TF_Status.newStatus();
            PointerPointer<BytePointer> made = new PointerPointer<>(1);
            tensorflow.TF_SessionPRunSetup(
                    target, inputs, fed.size(), handles(wanted), wanted.size(), none(), 0, made, status);
            status.throwExceptionIfNotOK();
            PartialRun run = new PartialRun(session, made.get(BytePointer.class, 0), wanted);
            try {
                tensorflow.TF_SessionPRun(
                        target, run.handle, inputs, values, fed.size(), new TF_Output(), none(), 0, none(), 0, status);
                status.throwExceptionIfNotOK();
                return run;
            } catch (RuntimeException e) {
                run.close();
                throw e;
            }
        } finally {
            session.leave();
        }
    }

    private static TF_Output handles(List<? extends Output<?>> tensors) {
        TF_Output handles = new TF_Output(Math.max(1, tensors.size()));
        for (int i = 0; i < tensors.size(); i++) {
            handles.position(i)
                    .oper(((GraphOperation) tensors.get(i).op()).getUnsafeNativeHandle())
                    .index(tensors.get(i).index());
        }
        return handles.position(0);
    }

    private static PointerPointer<?> none() {
        return new PointerPointer<>(1).put(0, (org.bytedeco.javacpp.Pointer) null);
    }

    /**
     * Waits for the next result.
     *
     * @return the next of the fetches, in memory of its own if an operation computed it; the caller closes it
     * @throws RuntimeException TensorFlow's, if the run failed or was aborted; then there are no further ones
     */
    public Tensor next() {
        TF_Session target = session.enter();
        try (PointerScope scope = new PointerScope()) {
            PointerPointer<TF_Tensor> value = new PointerPointer<>(1);
            TF_Status status = TF_Status.newStatus();
            tensorflow.TF_SessionPRun(
                    target,
                    handle,
                    new TF_Output(),
                    none(),
                    0,
                    handles(List.of(fetches.get(taken++))),
                    value,
                    1,
                    none(),
                    0,
                    status);
            status.throwExceptionIfNotOK();
            return RawTensor.fromHandle(value.get(TF_Tensor.class, 0).withDeallocator())
                    .asTypedTensor();
        } finally {
            session.leave();
        }
    }

    /** Frees the run's name; from the thread that takes the results. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            tensorflow.TF_DeletePRunHandle(handle);
        }
    }
}
