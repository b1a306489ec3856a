package io.tfcluster.estimator;

import io.tfcluster.ChildJvm;
import io.tfcluster.estimator.ModelOrder.Question;
import io.tfcluster.transport.ChannelException;
import io.tfcluster.transport.SecureChannel;
import io.tfcluster.transport.SecureListener;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The first class of a model's own process: loads the model and answers the tasks of the executor that started it, each over a connection of
 * its own, in a thread {@code model-task-*}. It ends with the executor, or when that has no more use for it.
 */
final class ModelServer {
    private static final Logger log = LoggerFactory.getLogger(ModelServer.class);
    private static final Duration TALK_LIMIT = Duration.ofSeconds(60);
    private static final Duration IDLE_LOOK = Duration.ofMinutes(1);

    private final @Nullable NativeModel model;
    private final Optional<String> failure;
    private final AtomicInteger tasks = new AtomicInteger();

    private ModelServer(@Nullable NativeModel model, Optional<String> failure) {
        this.model = model;
        this.failure = failure;
    }

    /** Called by the JVM; the order comes over standard input, whose end is this process's. */
    public static void main(String[] none) throws InterruptedException {
        ChildJvm.Order given = ChildJvm.begin();
        ModelOrder order = ModelOrder.read(given.text(), ModelOrder.class);
        ModelServer server = load(order);
        try (SecureListener listener = SecureListener.unix(
                given.folder().resolve(ModelOrder.MODEL), order.key(), ModelOrder.MODEL, server::take)) {
            given.ready();
            new CountDownLatch(1).await(); // the end comes from outside
            log.debug("{} strangers were dropped", listener.rejected());
        }
    }

    private static ModelServer load(ModelOrder order) {
        try {
            return new ModelServer(
                    NativeModel.load(order.source(), Path.of(order.path()), order.threads()), Optional.empty());
        } catch (RuntimeException e) {
            return new ModelServer(null, Optional.of(String.valueOf(e.getMessage())));
        }
    }

    private void take(SecureChannel channel) {
        Thread thread = new Thread(() -> serve(channel), "model-task-" + tasks.incrementAndGet());
        thread.setDaemon(true);
        thread.start();
    }

    private void serve(SecureChannel channel) {
        try (channel) {
            TensorWire wire = new TensorWire(channel);
            wire.within(TALK_LIMIT);
            wire.answer(failure);
            NativeModel loaded = model;
            if (loaded == null || !comes(channel)) {
                return;
            }
            wire.within(TALK_LIMIT);
            Question question = ModelOrder.read(wire.receive(), Question.class);
            Duration limit = Duration.ofSeconds(question.limitSeconds());
            try (ModelRun run = loaded.open(question.inputs(), question.outputs(), limit)) {
                wire.answer(Optional.empty());
                while (comes(channel)) {
                    answer(wire, question, run);
                }
            } catch (IllegalStateException e) { // no such tensor
                wire.answer(Optional.of(String.valueOf(e.getMessage())));
            }
        } catch (ChannelException e) {
            log.debug("a task has left", e); // that is how tasks end
        }
    }

    /** Waits for a task's next word, however long it computes for itself; its end is one, too. */
    private static boolean comes(SecureChannel channel) {
        while (!channel.awaitReadable(IDLE_LOOK)) {
            log.trace("{} has nothing to ask", channel.peer());
        }
        return true;
    }

    private static void answer(TensorWire wire, Question question, ModelRun run) {
        List<BatchTensor> tensors = new ArrayList<>();
        List<BatchTensor> results = new ArrayList<>();
        try {
            wire.within(TALK_LIMIT);
            for (TensorSpec input : question.inputs()) {
                tensors.add(wire.receive(input.name(), run::allocate));
            }
            Optional<String> wrong = Optional.empty();
            try {
                results.addAll(run.run(tensors));
            } catch (ChannelException e) {
                throw e;
            } catch (RuntimeException e) { // the model's own: the task's to tell
                wrong = Optional.of(String.valueOf(e.getMessage()));
            }
            wire.within(TALK_LIMIT);
            wire.answer(wrong);
            results.forEach(wire::send);
        } finally {
            tensors.forEach(BatchTensor::close);
            results.forEach(BatchTensor::close);
        }
    }
}
