package io.tfcluster.training;

import static java.util.Objects.requireNonNull;

/**
 * A worker's place in a cluster with parameter servers.
 *
 * @param target its own TensorFlow server, {@code grpc://host:port}
 * @param count how many parameter servers, tasks 0 to count-1 of job "ps"
 * @param job this worker's job, "worker" or "chief"
 * @param index its task in that job
 * @param rank its number among all that train, from 0; rank 0 initialises the variables
 */
public record ParameterServers(String target, int count, String job, int index, int rank) {
    /** Checks the numbers. */
    public ParameterServers {
        requireNonNull(target, "target");
        requireNonNull(job, "job");
        if (!target.startsWith("grpc://")) {
            throw new IllegalArgumentException("the target is a server's grpc://host:port, got " + target);
        }
        if (count < 1) {
            throw new IllegalArgumentException("there must be 1 parameter server or more, got " + count);
        }
        if (index < 0 || rank < 0) {
            throw new IllegalArgumentException("index and rank are 0 or more, got index " + index + ", rank " + rank);
        }
    }

    boolean initialises() {
        return rank == 0;
    }

    String task() {
        return job + ":" + index;
    }
}
