package io.tfcluster.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** The bytes as they are: direct buffers go to and from the socket without a copy. */
record PlainLink(SocketChannel socket) implements Link {
    @Override
    public int read(ByteBuffer target) throws IOException {
        return socket.read(target);
    }

    @Override
    public long write(ByteBuffer[] sources) throws IOException {
        return sources.length == 1 ? socket.write(sources[0]) : socket.write(sources);
    }

    @Override
    public boolean flush() {
        return true;
    }

    @Override
    public boolean hasInput(boolean readable) {
        return readable;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
