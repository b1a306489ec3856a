package io.tfcluster.reservation;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;

/**
 * One process of a cluster: its role, its index within the role, and where its TensorFlow server listens.
 *
 * @param index 0 or more
 * @param host name or address that the other processes reach it by; at most 255 letters
 * @param port 1 to 65535
 */
public record TaskSpec(Role role, int index, String host, int port) implements Serializable {
    private static final int MAX_HOST = 255; // a DNS name has 253 letters at most

    /** Checks index, host and port. */
    public TaskSpec {
        requireNonNull(role, "role");
        requireNonNull(host, "host");
        if (index < 0) {
            throw new IllegalArgumentException("task index must be 0 or more, got " + index + " for job " + role);
        }
        if (host.isBlank() || host.length() > MAX_HOST) {
            throw new IllegalArgumentException("host must have 1 to " + MAX_HOST + " letters, got " + host.length()
                    + " for " + role + ":" + index);
        }
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("port must be 1 to 65535, got " + port + " for " + host);
        }
    }

    /** Returns {@code host:port}; an IPv6 address stands in brackets. */
    public String address() {
        return host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]:" + port : host + ":" + port;
    }

    /** Returns role and index, such as {@code worker:1}. */
    public String name() {
        return role.jobName() + ":" + index;
    }
}
