package io.tfcluster.benchmarks;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** The least a server can do: accept so many connections, read a few bytes of each, then write the same bytes to all. */
final class BareServer implements AutoCloseable {
    private final Selector selector;
    private final ServerSocketChannel listening;
    private final List<SocketChannel> channels = new ArrayList<>();

    BareServer() throws IOException {
        selector = Selector.open();
        listening = ServerSocketChannel.open();
        listening.bind(new InetSocketAddress("127.0.0.1", 0), 1024);
        listening.configureBlocking(false);
        listening.register(selector, SelectionKey.OP_ACCEPT);
    }

    int port() {
        return listening.socket().getLocalPort();
    }

    /** Returns when every one of so many peers has connected and sent something. */
    void acceptAll(int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(4096);
        int heard = 0;
        while (heard < count) {
            for (SelectionKey key : select()) {
                if (key.isAcceptable()) {
                    for (SocketChannel peer = listening.accept(); peer != null; peer = listening.accept()) {
                        peer.configureBlocking(false);
                        peer.register(selector, SelectionKey.OP_READ);
                        channels.add(peer);
                    }
                } else {
                    buffer.clear();
                    ((SocketChannel) key.channel()).read(buffer);
                    key.interestOps(0);
                    heard++;
                }
            }
        }
    }

    /** Returns when the kernel has taken all bytes for all peers. */
    void sendToAll(ByteBuffer bytes) throws IOException {
        for (SocketChannel channel : channels) {
            channel.register(selector, SelectionKey.OP_WRITE, bytes.duplicate());
        }
        int left = channels.size();
        while (left > 0) {
            for (SelectionKey key : select()) {
                ByteBuffer rest = (ByteBuffer) key.attachment();
                if (rest == null) {
                    continue;
                }
                ((SocketChannel) key.channel()).write(rest);
                if (!rest.hasRemaining()) {
                    key.interestOps(0);
                    left--;
                }
            }
        }
    }

    private List<SelectionKey> select() throws IOException {
        if (selector.select(60_000) == 0) {
            throw new IOException("nothing happened for 60 s");
        }
        List<SelectionKey> ready = new ArrayList<>(selector.selectedKeys().size());
        for (Iterator<SelectionKey> keys = selector.selectedKeys().iterator(); keys.hasNext(); keys.remove()) {
            ready.add(keys.next());
        }
        return ready;
    }

    @Override
    public void close() throws IOException {
        for (SocketChannel channel : channels) {
            channel.close();
        }
        listening.close();
        selector.close();
    }
}
