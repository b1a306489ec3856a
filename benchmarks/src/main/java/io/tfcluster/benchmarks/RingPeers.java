package io.tfcluster.benchmarks;

import io.tfcluster.transport.ClusterSecret;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Child processes in a circle, one for each rank, each of which has joined by {@link RingPeer#join}. */
final class RingPeers implements AutoCloseable {
    private final List<ChildJvm> children = new ArrayList<>();

    /** Starts them and tells each where the others are. */
    static RingPeers start(Class<?> main, int size) throws IOException {
        return start(List.of(), main, size);
    }

    /** As above, with a command in front of each that runs the words after it. */
    static RingPeers start(List<String> within, Class<?> main, int size) throws IOException {
        RingPeers peers = new RingPeers();
        try {
            for (int rank = 0; rank < size; rank++) {
                peers.children.add(ChildJvm.start(within, main));
            }
            String secret = HexFormat.of().formatHex(ClusterSecret.random().toBytes());
            for (int rank = 0; rank < size; rank++) {
                peers.children.get(rank).say(rank + " " + size + " " + secret);
            }
            StringBuilder ports = new StringBuilder();
            for (ChildJvm child : peers.children) {
                ports.append(child.hear("listening")).append(' ');
            }
            peers.sayToAll(ports.toString());
            return peers;
        } catch (IOException | RuntimeException e) {
            peers.close();
            throw e;
        }
    }

    void sayToAll(String line) {
        children.forEach(child -> child.say(line));
    }

    /** Returns the numbers that each says after the word, by rank. */
    List<double[]> hearFromAll(String word) throws IOException {
        List<double[]> all = new ArrayList<>();
        for (ChildJvm child : children) {
            all.add(numbers(child.hear(word)));
        }
        return all;
    }

    ChildJvm first() {
        return children.get(0);
    }

    static double[] numbers(String text) {
        return text.strip()
                .lines()
                .flatMap(line -> List.of(line.split(" ", -1)).stream())
                .mapToDouble(Double::parseDouble)
                .toArray();
    }

    @Override
    public void close() {
        children.forEach(ChildJvm::close);
    }
}
