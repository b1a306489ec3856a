package io.tfcluster.training;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.io.FifoQueue;
import org.tensorflow.op.io.QueueDequeue;
import org.tensorflow.op.io.QueueEnqueue;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.family.TType;

/**
 * A queue of letters on parameter server 0 that all processes see by its name.
 *
 * @param name of the queue and, below "train/", of its operations
 */
record PsMailbox(String name) {
    private static final List<Class<? extends TType>> TYPES = List.of(TInt64.class, TFloat64.class, TString.class);
    /** Letters that a mailbox holds; a process that never reads its own gets as many before those that write to it fail. */
    private static final long CAPACITY = 1 << 20;

    /** Adds the queue to the graph, with the ways into it and out of it. */
    Operand<? extends TType> add(Ops train) {
        Ops there = train.withDevice(PsMarks.server(0));
        FifoQueue queue = there.withName(name)
                .io
                .fifoQueue(TYPES, FifoQueue.sharedName("train/" + name), FifoQueue.capacity(CAPACITY));
        List<Operand<?>> letter = List.of(
                train.withName(name + "_numbers")
                        .placeholder(TInt64.class, Placeholder.shape(Shape.of(Shape.UNKNOWN_SIZE))),
                train.withName(name + "_sums")
                        .placeholder(TFloat64.class, Placeholder.shape(Shape.of(Shape.UNKNOWN_SIZE))),
                train.withName(name + "_text").placeholder(TString.class, Placeholder.shape(Shape.scalar())));
        QueueEnqueue.create(there.withName(name + "_put").scope(), queue, letter);
        QueueDequeue.create(there.withName(name + "_take").scope(), queue, TYPES);
        return queue;
    }

    /** Puts letters into mailboxes, in one run. */
    static void put(PsConnection connection, String doing, Map<PsMailbox, PsLetter> letters) {
        Map<String, Tensor> fed = new HashMap<>();
        try {
            letters.forEach((mailbox, letter) -> {
                List<Tensor> tensors = letter.tensors();
                fed.put("train/" + mailbox.name + "_numbers", tensors.get(0));
                fed.put("train/" + mailbox.name + "_sums", tensors.get(1));
                fed.put("train/" + mailbox.name + "_text", tensors.get(2));
            });
            List<String> targets = letters.keySet().stream()
                    .map(mailbox -> "train/" + mailbox.name + "_put")
                    .toList();
            connection.run(doing, fed, List.of(), targets).close();
        } finally {
            fed.values().forEach(Tensor::close);
        }
    }

    /** Takes the oldest letter, waiting for one. */
    PsLetter take(PsConnection connection, String doing, Duration limit) {
        String node = "train/" + name + "_take:";
        try (Result result = connection.run(doing, Map.of(), List.of(node + 0, node + 1, node + 2), List.of(), limit)) {
            return PsLetter.of(result);
        }
    }
}
