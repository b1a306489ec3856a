package io.tfcluster.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Scanner;

/** One rank: all-reduces, and bare passes, in turn, so that both see the same machine. */
public final class AllReduceMain {
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private AllReduceMain() {}

    /** Reads its place in the circle, the bytes of the vector, rounds, and operations of a round from standard input. */
    public static void main(String[] args) throws IOException {
        Scanner in = new Scanner(System.in, StandardCharsets.UTF_8);
        try (RingPeer peer = RingPeer.join(in)) {
            int bytes = in.nextInt();
            int rounds = in.nextInt();
            int each = in.nextInt();
            ChildJvm.endWithParent(in);
            try (BareCircle bare = BareCircle.of(peer, bytes)) {
                measure(peer, bare, bytes, rounds, each);
            }
        }
        System.exit(0);
    }

    private static void measure(RingPeer peer, BareCircle bare, int bytes, int rounds, int each) {
        ByteBuffer vector = ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
        vector.putFloat(0, peer.ring().rank() + 1f);
        peer.ring().allReduceSum(vector);
        int size = peer.ring().size();
        if (vector.getFloat(0) != size * (size + 1) / 2f) {
            throw new IllegalStateException("the sum of the ranks is not " + vector.getFloat(0));
        }
        vector.putFloat(0, 0);
        int warmUp = (rounds + 2) / 3;
        double[] ringTimes = new double[rounds];
        double[] bareTimes = new double[rounds];
        double[] cpu = new double[2];
        for (int round = -warmUp; round < rounds; round++) {
            double[] ofRing = timed(peer, each, () -> peer.ring().allReduceSum(vector));
            double[] ofBare = timed(peer, each, bare::pass);
            if (round >= 0) {
                ringTimes[round] = ofRing[0];
                bareTimes[round] = ofBare[0];
                cpu[0] += ofRing[1] / rounds;
                cpu[1] += ofBare[1] / rounds;
            }
        }
        System.out.println("measured " + median(ringTimes) + " " + median(bareTimes) + " " + cpu[0] + " " + cpu[1]);
    }

    /** Returns seconds and processor seconds of one operation. */
    private static double[] timed(RingPeer peer, int times, Runnable operation) {
        peer.means(0);
        long start = System.nanoTime();
        double cpu = cpuSeconds();
        for (int i = 0; i < times; i++) {
            operation.run();
        }
        double seconds = (System.nanoTime() - start) / 1e9 / times;
        return peer.means(seconds, (cpuSeconds() - cpu) / times);
    }

    /** Processor time of this process. */
    static double cpuSeconds() {
        return SYSTEM.getProcessCpuTime() / 1e9;
    }

    static double median(double[] numbers) {
        double[] sorted = numbers.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
