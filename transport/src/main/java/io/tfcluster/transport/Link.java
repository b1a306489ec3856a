package io.tfcluster.transport;

import java.io.IOException;
import java.nio.ByteBuffer;

/** What lies between a {@link SecureChannel} and its socket, which does not block: nothing, or TLS. One thread reads while another writes. */
interface Link {
    /** Reads what is there into the target; returns how many bytes, 0 if there are none now, -1 at the end of the connection. */
    int read(ByteBuffer target) throws IOException;

    /** Takes what it can of the sources, in their order; returns how many bytes, 0 if the socket is full. */
    long write(ByteBuffer[] sources) throws IOException;

    /** Sends what was taken and is still here; returns whether all of it has gone. */
    boolean flush() throws IOException;

    /**
     * Returns whether {@link #read} would return anything but 0.
     *
     * @param readable whether the socket is known to hold bytes, or its end
     */
    boolean hasInput(boolean readable) throws IOException;

    /** Says goodbye as far as that is possible without waiting, and closes the socket. */
    void close() throws IOException;
}
