package io.tfcluster.feeding;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * A node that takes rows, and where its {@link FeedServer} listens.
 *
 * @param name the node, {@code worker:1} for example; names it in errors and in {@link FeedResult#rows()}
 * @param host its TCP host, or "" if it listens on a Unix-domain socket only
 * @param port its TCP port, or 0
 * @param unixPath its socket file, or ""; used by feeders on whose host that file exists
 */
public record FeedTarget(String name, String host, int port, String unixPath) implements Serializable {
    /** Checks that there is at least one address. */
    public FeedTarget {
        requireNonNull(name, "name");
        requireNonNull(host, "host");
        requireNonNull(unixPath, "unixPath");
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("feed port must be 0 to 65535, got " + port + " for " + name);
        }
        if (unixPath.isEmpty() && (host.isEmpty() || port == 0)) {
            throw new IllegalArgumentException(
                    "no feed address for " + name + ": neither host and port nor a socket file");
        }
    }

    /** Whether its socket file can be seen from here, so that it is on this host. */
    boolean isHere() {
        return !unixPath.isEmpty() && Files.exists(Path.of(unixPath));
    }

    /**
     * Reads the endpoints as a node announces them: {@code feed.tcp} is {@code host:port}, {@code feed.unix} a path.
     *
     * @throws IllegalArgumentException if both are missing or {@code feed.tcp} is no address
     */
    public static FeedTarget of(String name, Map<String, String> endpoints) {
        String unix = endpoints.getOrDefault("feed.unix", "");
        String tcp = endpoints.getOrDefault("feed.tcp", "");
        if (tcp.isEmpty()) {
            return new FeedTarget(name, "", 0, unix);
        }
        int colon = tcp.lastIndexOf(':');
        try {
            return new FeedTarget(
                    name, tcp.substring(0, Math.max(0, colon)), Integer.parseInt(tcp.substring(colon + 1)), unix);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("feed.tcp of " + name + " must be host:port, got \"" + tcp + "\"", e);
        }
    }
}
