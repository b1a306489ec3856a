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
 * @param workers how many train
 */
public record ParameterServers(String target, int count, String job, int index, int rank, int workers) {
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
        if (index < 0 || rank < 0 || rank >= workers) {
            throw new IllegalArgumentException("index is 0 or more and rank below the number of workers, got index "
                    + index + ", rank " + rank + " of " + workers);
        }
    }

    boolean initialises() {
        return rank == 0;
    }

    /** This process's device. */
    String device() {
        return "/job:" + job + "/task:" + index;
    }

    String task() {
        return job + ":" + index;
    }
}
