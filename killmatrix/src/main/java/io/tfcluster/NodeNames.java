package io.tfcluster;

import java.io.IOException;
import java.io.InputStream;

/** Tells the kill matrix which node a process is before it has registered: only from within this package can its order be read. */
public final class NodeNames {
    private NodeNames() {}

    /** Reads the order of a node from what its launcher writes, and returns its name. */
    public static String read(InputStream order) throws IOException {
        try {
            return NodeOrder.readFrom(order).name();
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException("the class path lacks what the order holds", e);
        }
    }
}
