package io.tfcluster.training;

import java.util.ArrayList;
import java.util.List;

/**
 * A part of what a step sends round the ring, in one vector.
 *
 * @param index in the order in which they go; the first one ends with the tail, see {@link StepTail}
 * @param variables whose gradients, or new values, are in it one after the other; gradients come first
 * @param tail how many numbers follow
 */
record FusionBucket(int index, List<VariableStore.Variable> variables, int tail) {
    FusionBucket {
        variables = List.copyOf(variables);
    }

    /**
     * Cuts what a step changes into buckets: in front states and tail, which the forward pass knows, then gradients from the last variable
     * to the first, as the backward pass finds them. What would be one bucket of gradients goes with the tail.
     *
     * @param changing variables with gradients, then states
     * @param least bytes of gradients in each, but for what is left for the last one
     */
    static List<FusionBucket> cut(List<VariableStore.Variable> changing, int tail, long least) {
        int learned = (int)
                changing.stream().filter(VariableStore.Variable::trainable).count();
        List<FusionBucket> buckets = new ArrayList<>();
        buckets.add(new FusionBucket(0, changing.subList(learned, changing.size()), tail));
        int end = learned;
        long bytes = 0;
        for (int first = learned - 1; first >= 0; first--) {
            bytes += (long) changing.get(first).size() * Float.BYTES;
            if (bytes >= least || first == 0) {
                buckets.add(new FusionBucket(buckets.size(), changing.subList(first, end), 0));
                end = first;
                bytes = 0;
            }
        }
        return buckets.size() > 2 ? List.copyOf(buckets) : List.of(new FusionBucket(0, changing, tail));
    }

    /** The tensor that has this worker's part. */
    String fetch() {
        return "train/" + fetchName();
    }

    /** The placeholder of the sum over all workers; there if there are variables. */
    String feed() {
        return "train/" + feedName();
    }

    String fetchName() {
        return "fused_" + index;
    }

    String feedName() {
        return "fused_in_" + index;
    }

    /** Numbers in front that are gradients. */
    int learned() {
        return size(true);
    }

    /** Numbers in front of the tail. */
    int elements() {
        return size(true) + size(false);
    }

    private int size(boolean trainable) {
        return variables.stream()
                .filter(variable -> variable.trainable() == trainable)
                .mapToInt(VariableStore.Variable::size)
                .sum();
    }
}
