package io.tfcluster.estimator;

import io.tfcluster.ChildJvm;
import io.tfcluster.estimator.ModelOrder.Question;
import io.tfcluster.transport.ChannelException;
import io.tfcluster.transport.DeadlineException;
import io.tfcluster.transport.SecureChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A task's questions to a child: a batch goes over, its answer comes back, both from memory to memory. One thread. */
final class ChildRun implements ModelRun {
    /** For the way there and back, and for the child's own limit to be the one that is told. */
    private static final Duration TALK = Duration.ofSeconds(30);

    private final ChildJvm child;
    private final SecureChannel channel;
    private final TensorWire wire;
    private final Question question;

    private ChildRun(ChildJvm child, SecureChannel channel, Question question) {
        this.child = child;
        this.channel = channel;
        this.wire = new TensorWire(channel);
        this.question = question;
    }

    /** Tells the child what will be asked for, over a connection that is the run's from now on. */
    static ChildRun open(ChildJvm child, SecureChannel channel, Question question) {
        ChildRun run = new ChildRun(child, channel, question);
        try {
            run.wire.within(TALK);
            run.wire.send(ModelOrder.write(question));
            run.check(run.wire.answered());
            return run;
        } catch (ChannelException e) {
            throw run.lost(e);
        } catch (RuntimeException e) {
            run.close();
            throw e;
        }
    }

    private void check(Optional<String> failure) {
        if (failure.isPresent()) {
            throw new IllegalStateException(failure.get());
        }
    }

    @Override
    public BatchTensor allocate(String name, TensorType type, long[] dims) {
        return PlainTensor.allocate(name, type, dims);
    }

    @Override
    public List<BatchTensor> run(List<BatchTensor> tensors) {
        try {
            wire.within(Duration.ofSeconds(question.limitSeconds()).plus(TALK));
            tensors.forEach(wire::send);
            check(wire.answered());
            List<BatchTensor> results = new ArrayList<>();
            for (TensorSpec output : question.outputs()) {
                results.add(wire.receive(output.name(), this::allocate));
            }
            return results;
        } catch (ChannelException e) {
            throw lost(e);
        }
    }

    /** Says what has become of the child; one that gives no answer in time is ended, for the tasks to come. */
    private IllegalStateException lost(ChannelException cause) {
        channel.close();
        if (cause instanceof DeadlineException) {
            long pid = child.pid();
            child.close();
            return new IllegalStateException(
                    "the model's process " + pid + " did not answer a batch within " + question.limitSeconds()
                            + " s and was ended; set runTimeout higher if that is its pace, or batchSize lower",
                    cause);
        }
        try {
            return new IllegalStateException(
                    child.ended() + "\nThe executor goes on, and a new attempt loads the model anew.", cause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new IllegalStateException("interrupted while the model ran", cause);
        }
    }

    @Override
    public void close() {
        channel.close();
    }
}
