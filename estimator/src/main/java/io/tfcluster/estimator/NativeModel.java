package io.tfcluster.estimator;

import io.tfcluster.estimator.ModelSource.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.PointerScope;
import org.tensorflow.TensorFlow;
import org.tensorflow.internal.c_api.TF_Buffer;
import org.tensorflow.internal.c_api.TF_Graph;
import org.tensorflow.internal.c_api.TF_ImportGraphDefOptions;
import org.tensorflow.internal.c_api.TF_Operation;
import org.tensorflow.internal.c_api.TF_Output;
import org.tensorflow.internal.c_api.TF_Session;
import org.tensorflow.internal.c_api.TF_SessionOptions;
import org.tensorflow.internal.c_api.TF_Status;
import org.tensorflow.internal.c_api.global.tensorflow;
import org.tensorflow.proto.ConfigProto;

/**
 * A graph with its session, through TensorFlow's C interface: Java's own classes know ten of the types of tensors only, and make an object or
 * more for each of them.
 */
final class NativeModel implements LoadedModel {
    private final ModelSource source;
    private final TF_Graph graph;
    private final TF_Session session;
    private final AtomicBoolean closed = new AtomicBoolean();

    private NativeModel(ModelSource source, TF_Graph graph, TF_Session session) {
        this.source = source;
        this.graph = graph;
        this.session = session;
    }

    /**
     * Loads.
     *
     * @param local the model's folder or file on this host
     * @param threads of the session
     * @throws IllegalStateException if TensorFlow refuses it; the text says why
     */
    static NativeModel load(ModelSource source, Path local, int threads) {
        TensorFlow.version(); // loads the library
        TF_Graph graph = tensorflow.TF_NewGraph();
        try (PointerScope scope = new PointerScope()) {
            TF_SessionOptions options = TF_SessionOptions.newSessionOptions();
            TF_Status status = TF_Status.newStatus();
            byte[] config = ConfigProto.newBuilder()
                    .setIntraOpParallelismThreads(threads)
                    .setInterOpParallelismThreads(threads)
                    .setUsePerSessionThreads(true) // else the first session of the process decides for all
                    .build()
                    .toByteArray();
            tensorflow.TF_SetConfig(options, new BytePointer(config), config.length, status);
            status.throwExceptionIfNotOK();
            TF_Session session = source.kind() == Kind.SAVED_MODEL
                    ? savedModel(source, local, options, graph, status)
                    : frozenGraph(local, options, graph, status);
            scope.detach(session); // lives on until close()
            return new NativeModel(source, graph, session);
        } catch (RuntimeException e) {
            tensorflow.TF_DeleteGraph(graph);
            throw new IllegalStateException(
                    "TensorFlow " + TensorFlow.version() + " cannot load " + source + ": " + reason(e), e);
        }
    }

    /** The first line of TensorFlow's text, with what can be done about the commonest. */
    private static String reason(RuntimeException e) {
        String text = String.valueOf(e.getMessage()).strip();
        if (text.contains("GPU") || text.contains("device")) {
            return text + "\nThe model was exported for a device that is not here; export it without device names";
        }
        return text;
    }

    private static TF_Session savedModel(
            ModelSource source, Path local, TF_SessionOptions options, TF_Graph graph, TF_Status status) {
        String[] names = source.tags().toArray(new String[0]);
        TF_Session session = tensorflow.TF_LoadSessionFromSavedModel(
                options,
                null,
                new BytePointer(local.toString()),
                new PointerPointer<>(names),
                names.length,
                graph,
                null,
                status);
        status.throwExceptionIfNotOK();
        return session;
    }

    private static TF_Session frozenGraph(Path local, TF_SessionOptions options, TF_Graph graph, TF_Status status) {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(local);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the graph at " + local + ": " + e, e);
        }
        TF_Buffer buffer = tensorflow.TF_NewBufferFromString(new BytePointer(bytes), bytes.length);
        try {
            tensorflow.TF_GraphImportGraphDef(
                    graph, buffer, TF_ImportGraphDefOptions.newImportGraphDefOptions(), status);
            status.throwExceptionIfNotOK();
        } finally {
            tensorflow.TF_DeleteBuffer(buffer);
        }
        TF_Session session = tensorflow.TF_NewSession(graph, options, status);
        status.throwExceptionIfNotOK();
        return session;
    }

    @Override
    public ModelRun open(List<TensorSpec> inputs, List<TensorSpec> outputs, Duration limit) {
        return new NativeRun(this, inputs, outputs, limit);
    }

    @Override
    public boolean isUsable() {
        return !closed.get();
    }

    TF_Session session() {
        return session;
    }

    /** Writes the place of a tensor, "scope/op:0", into {@code target}. */
    void locate(TensorSpec spec, TF_Output target) {
        int colon = spec.tensor().lastIndexOf(':');
        TF_Operation operation =
                tensorflow.TF_GraphOperationByName(graph, spec.tensor().substring(0, colon));
        if (operation == null || operation.isNull()) {
            throw new IllegalStateException("no tensor " + spec.tensor() + " in " + source
                    + ", which is another one than when the job began; start the job again");
        }
        target.oper(operation).index(Integer.parseInt(spec.tensor().substring(colon + 1)));
    }

    /** Frees the session and the graph. Nobody may be running it. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            try (PointerScope scope = new PointerScope()) {
                TF_Status status = TF_Status.newStatus();
                tensorflow.TF_CloseSession(session, status);
                tensorflow.TF_DeleteSession(session, status);
                tensorflow.TF_DeleteGraph(graph);
            }
        }
    }
}
