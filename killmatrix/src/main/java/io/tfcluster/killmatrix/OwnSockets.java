package io.tfcluster.killmatrix;

import java.io.FileDescriptor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Cuts connections of this process from within, by the system's {@code shutdown} on their descriptors: to both ends it is a connection that broke.
 *
 * <p>Which is which: the control connection goes to a port of {@link ClusterRun#SERVER_PORTS}, feeds from the same host come over Unix sockets, and
 * what else is connected belongs to peers. Needs {@link #OPENS} on the command line.
 */
final class OwnSockets {
    static final List<String> OPENS =
            List.of("--add-opens=java.base/java.io=ALL-UNNAMED", "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED");

    private static final String ESTABLISHED = "01";
    private static final String CONNECTED_UNIX = "03";
    private static final int BOTH_WAYS = 2;

    private OwnSockets() {}

    static void cut(How which) {
        try {
            Set<String> inodes = switch (which) {
                case CUT_CONTROL -> tcp(true);
                case CUT_PEERS -> tcp(false);
                case CUT_FEED -> unix();
                default -> throw new IllegalArgumentException(which + " cuts no connection");
            };
            int cut = 0;
            for (int descriptor : descriptors(inodes)) {
                shutDown(descriptor);
                cut++;
            }
            System.out.println(which + ": " + cut + " sockets shut down");
            if (cut == 0) {
                throw new IllegalStateException("found nothing to cut for " + which);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read /proc/self", e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this JVM does not let its sockets be shut down; it needs " + OPENS, e);
        }
    }

    private static Set<String> tcp(boolean control) throws IOException {
        Set<String> inodes = new HashSet<>();
        for (String table : List.of("tcp", "tcp6")) {
            Path file = Path.of("/proc/self/net", table);
            if (Files.exists(file)) {
                for (String line : Files.readAllLines(file)) {
                    String[] fields = line.trim().split("\\s+", -1);
                    if (fields.length > 9 && fields[3].equals(ESTABLISHED)) {
                        int remote = Integer.parseInt(fields[2].substring(fields[2].lastIndexOf(':') + 1), 16);
                        boolean toDriver =
                                remote >= ClusterRun.SERVER_PORTS.first() && remote <= ClusterRun.SERVER_PORTS.last();
                        if (toDriver == control) {
                            inodes.add(fields[9]);
                        }
                    }
                }
            }
        }
        return inodes;
    }

    private static Set<String> unix() throws IOException {
        Set<String> inodes = new HashSet<>();
        for (String line : Files.readAllLines(Path.of("/proc/self/net/unix"))) {
            String[] fields = line.trim().split("\\s+", -1);
            if (fields.length > 6 && fields[5].equals(CONNECTED_UNIX)) {
                inodes.add(fields[6]);
            }
        }
        return inodes;
    }

    private static List<Integer> descriptors(Set<String> inodes) throws IOException {
        List<Integer> found = new ArrayList<>();
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            for (Path file : files.toList()) {
                String target;
                try {
                    target = Files.readSymbolicLink(file).toString();
                } catch (IOException e) {
                    continue; // closed meanwhile
                }
                if (target.startsWith("socket:[")
                        && inodes.contains(target.substring("socket:[".length(), target.length() - 1))) {
                    found.add(Integer.valueOf(String.valueOf(file.getFileName())));
                }
            }
        }
        return found;
    }

    private static void shutDown(int descriptor) throws ReflectiveOperationException {
        Constructor<FileDescriptor> make = FileDescriptor.class.getDeclaredConstructor(int.class);
        make.setAccessible(true);
        Method shutdown =
                Class.forName("sun.nio.ch.Net").getDeclaredMethod("shutdown", FileDescriptor.class, int.class);
        shutdown.setAccessible(true);
        shutdown.invoke(null, make.newInstance(descriptor), BOTH_WAYS);
    }
}
