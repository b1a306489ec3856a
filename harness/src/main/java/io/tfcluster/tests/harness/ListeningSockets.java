package io.tfcluster.tests.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Which TCP ports processes listen on, from /proc. */
public final class ListeningSockets {
    private static final String LISTEN = "0A";

    /**
     * One listening socket.
     *
     * @param address as bound; {@code 0.0.0.0} or {@code ::} is every interface
     */
    public record Listener(long pid, InetAddress address, int port) implements Comparable<Listener> {
        public boolean isLoopback() {
            return address.isLoopbackAddress();
        }

        @Override
        public int compareTo(Listener other) {
            int byPid = Long.compare(pid, other.pid);
            return byPid != 0 ? byPid : toString().compareTo(other.toString());
        }

        @Override
        public String toString() {
            return "pid " + pid + " listens on " + address.getHostAddress() + ":" + port;
        }
    }

    private ListeningSockets() {}

    /** The listening TCP sockets of these processes, now. */
    public static Set<Listener> of(Collection<Long> pids) {
        Map<String, Listener> byInode = new HashMap<>();
        readTable(Path.of("/proc/net/tcp"), byInode);
        readTable(Path.of("/proc/net/tcp6"), byInode);
        Set<Listener> found = new TreeSet<>();
        for (long pid : pids) {
            for (String inode : socketInodes(pid)) {
                Listener listener = byInode.get(inode);
                if (listener != null) {
                    found.add(new Listener(pid, listener.address(), listener.port()));
                }
            }
        }
        return found;
    }

    private static void readTable(Path table, Map<String, Listener> byInode) {
        List<String> lines;
        try {
            lines = Files.readAllLines(table);
        } catch (IOException e) {
            return; // a kernel without IPv6 has no tcp6
        }
        for (String line : lines.subList(1, lines.size())) {
            String[] fields = line.trim().split("\\s+", -1);
            if (fields[3].equals(LISTEN)) {
                String[] local = fields[1].split(":", -1);
                byInode.put(fields[9], new Listener(0, address(local[0]), Integer.parseInt(local[1], 16)));
            }
        }
    }

    /** The kernel prints an address as 32-bit words in the machine's byte order. */
    private static InetAddress address(String hex) {
        ByteBuffer words = ByteBuffer.wrap(HexFormat.of().parseHex(hex));
        ByteBuffer bytes = ByteBuffer.allocate(words.capacity()).order(ByteOrder.nativeOrder());
        while (words.hasRemaining()) {
            bytes.putInt(words.getInt());
        }
        try {
            return InetAddress.getByAddress(bytes.array());
        } catch (UnknownHostException e) {
            throw new IllegalStateException("/proc/net/tcp has an address of another length: " + hex, e);
        }
    }

    private static List<String> socketInodes(long pid) {
        try (Stream<Path> files = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
            return files.map(ListeningSockets::target)
                    .filter(target -> target.startsWith("socket:["))
                    .map(target -> target.substring("socket:[".length(), target.length() - 1))
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            return List.of(); // the process has gone meanwhile
        }
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException e) {
            return ""; // closed meanwhile
        }
    }
}
