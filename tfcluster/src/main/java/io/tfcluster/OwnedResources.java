package io.tfcluster;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a node opened: closed with it, the newest first. */
final class OwnedResources implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(OwnedResources.class);

    private final String owner;

    // guarded by this
    private final Deque<AutoCloseable> all = new ArrayDeque<>();

    OwnedResources(String owner) {
        this.owner = owner;
    }

    synchronized <T extends AutoCloseable> T own(T resource) {
        all.push(resource);
        return resource;
    }

    private synchronized @Nullable AutoCloseable newest() {
        return all.poll();
    }

    /** Goes on after a failure. */
    @Override
    public void close() {
        for (AutoCloseable each = newest(); each != null; each = newest()) {
            try {
                each.close();
            } catch (Exception e) {
                log.debug("closing a part of {}", owner, e);
            }
        }
    }
}
