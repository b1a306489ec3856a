package io.tfcluster.estimator;

import io.tfcluster.ChildJvm;
import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.SecureChannel;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A model in a JVM of its own beside the executor's: what aborts there leaves the executor alone. Each task has a connection to it, a
 * Unix-domain socket in a folder that only the owner may enter. A child that has died answers nobody again; the next who asks gets another.
 */
final class ChildModel implements LoadedModel {
    private static final Duration LOAD_LIMIT = Duration.ofMinutes(10);
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(60);
    private static final String HEAP = "512m"; // tensors lie outside of it, strings pass through

    private final ChildJvm child;
    private final ClusterSecret secret;

    private ChildModel(ChildJvm child, ClusterSecret secret) {
        this.child = child;
        this.secret = secret;
    }

    /**
     * Starts a child and loads the model there.
     *
     * @param local the model's folder or file on this host
     * @param threads of the session
     * @throws IllegalStateException if TensorFlow refuses it, or the child dies of it; the text says why
     */
    static ChildModel start(ModelSource source, Path local, int threads) {
        ClusterSecret secret = ClusterSecret.random();
        ChildJvm child = ChildJvm.start(
                "the process of " + source,
                ModelServer.class,
                HEAP,
                threads,
                ModelOrder.write(ModelOrder.of(source, local.toString(), threads, secret)));
        ChildModel model = new ChildModel(child, secret);
        try {
            child.awaitReady(LOAD_LIMIT);
            model.connect().close(); // tells if the model was refused
            return model;
        } catch (InterruptedException e) {
            child.close();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while " + source + " was loaded", e);
        } catch (RuntimeException e) {
            child.close();
            throw e;
        }
    }

    private SecureChannel connect() {
        SecureChannel channel = SecureChannel.connect(
                UnixDomainSocketAddress.of(child.folder().resolve(ModelOrder.MODEL)),
                secret,
                ModelOrder.MODEL,
                CONNECT_LIMIT);
        try {
            TensorWire wire = new TensorWire(channel);
            wire.within(CONNECT_LIMIT);
            Optional<String> failure = wire.answered();
            if (failure.isPresent()) {
                throw new IllegalStateException(failure.get());
            }
            return channel;
        } catch (RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public ModelRun open(List<TensorSpec> inputs, List<TensorSpec> outputs, Duration limit) {
        return ChildRun.open(child, connect(), new ModelOrder.Question(inputs, outputs, limit.toSeconds()));
    }

    @Override
    public boolean isUsable() {
        return child.isAlive();
    }

    /** Returns the number of the child's process. */
    long pid() {
        return child.pid();
    }

    @Override
    public void close() {
        child.close();
    }
}
