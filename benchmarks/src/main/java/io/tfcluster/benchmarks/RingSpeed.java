package io.tfcluster.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * What all-reduces of one size took between so many processes, each a mean over the ranks.
 *
 * @param seconds of one all-reduce, the median of the rounds
 * @param bareSeconds of a bare pass of as many bytes, the same
 * @param cpu processor seconds of one rank for one all-reduce
 * @param bareCpu the same for a bare pass
 */
record RingSpeed(double seconds, double bareSeconds, double cpu, double bareCpu) {
    /**
     * Measures with child processes.
     *
     * @param bytes of the vector
     * @param rounds how many times both are measured
     * @param each operations of a round
     */
    static RingSpeed measure(int processes, int bytes, int rounds, int each) {
        try (RingPeers peers = RingPeers.start(AllReduceMain.class, processes)) {
            peers.sayToAll(bytes + " " + rounds + " " + each);
            double[] found = peers.hearFromAll("measured").get(0);
            return new RingSpeed(found[0], found[1], found[2], found[3]);
        } catch (IOException e) {
            throw new UncheckedIOException("the ring of " + processes + " processes broke: " + e.getMessage(), e);
        }
    }
}
