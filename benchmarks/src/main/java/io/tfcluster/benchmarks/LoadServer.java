package io.tfcluster.benchmarks;

import io.tfcluster.ClusterListener;
import io.tfcluster.DriverEvents;
import io.tfcluster.reservation.ClusterTemplate;
import io.tfcluster.reservation.NodeFailure;
import io.tfcluster.reservation.NodeProgress;
import io.tfcluster.reservation.ReservationListener;
import io.tfcluster.reservation.ReservationServer;
import io.tfcluster.transport.ClusterSecret;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Scanner;
import java.util.concurrent.TimeUnit;

/** A driver's control side in a process of its own, told how many nodes come; measures what their heartbeats cost it and how late it hears them. */
public final class LoadServer {
    private static final Duration REGISTER_LIMIT = Duration.ofMinutes(3);
    private static final long WARM_UP_SECONDS = 3;
    private static final int MOST_BEATS = 10_000_000;

    private final long[] lags = new long[MOST_BEATS];
    private int beats;
    private int lost;
    private boolean measuring;

    /** Who listens to the server. */
    enum Kind {
        /** Only the server. */
        HEARTBEATS,
        /** What a driver has behind it. */
        DRIVER
    }

    private LoadServer() {}

    /** Reads kind, nodes and seconds; says where it listens, when all have come, and the figures. */
    public static void main(String[] args) throws InterruptedException {
        Scanner in = new Scanner(System.in, StandardCharsets.UTF_8);
        Kind kind = Kind.valueOf(in.next());
        int nodes = in.nextInt();
        int seconds = in.nextInt();
        Thread lifeline = ChildJvm.endWithParent(in);
        new LoadServer().run(kind, nodes, seconds);
        lifeline.join(TimeUnit.MINUTES.toMillis(1));
    }

    private void run(Kind kind, int nodes, int seconds) throws InterruptedException {
        ClusterSecret secret = ClusterSecret.random();
        ClusterTemplate template = ClusterTemplate.of(nodes, 0, false, Optional.empty());
        ReservationListener listener = kind == Kind.DRIVER ? driver(template) : bare();
        try (ReservationServer server = ReservationServer.builder(template, secret)
                .heartbeatLimit(Duration.ofSeconds(10))
                .listener(listener)
                .start()) {
            System.out.println("server " + server.address().getPort() + " "
                    + HexFormat.of().formatHex(secret.toBytes()) + " " + server.clusterId());
            server.awaitNodes(REGISTER_LIMIT);
            System.out.println("registered");
            TimeUnit.SECONDS.sleep(Math.min(WARM_UP_SECONDS, seconds));
            long start = System.nanoTime();
            double cpu = AllReduceMain.cpuSeconds();
            measure(true);
            TimeUnit.SECONDS.sleep(seconds);
            measure(false);
            double took = (System.nanoTime() - start) / 1e9;
            double used = AllReduceMain.cpuSeconds() - cpu;
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            System.out.println("figures " + figures(took, used) + " " + (runtime.totalMemory() - runtime.freeMemory()));
        }
    }

    private ReservationListener bare() {
        return new ReservationListener() {
            @Override
            public void progress(int ordinal, NodeProgress progress) {
                heard(progress);
            }

            @Override
            public void lost(int ordinal, String why) {
                missed();
            }

            @Override
            public void stalled(int ordinal, Duration silence) {
                missed();
            }
        };
    }

    private ReservationListener driver(ClusterTemplate template) {
        return DriverEvents.of(template, new ClusterListener() {
            @Override
            public void progress(String node, NodeProgress progress) {
                heard(progress);
            }

            @Override
            public void failed(NodeFailure failure) {
                missed();
            }
        });
    }

    private synchronized void measure(boolean now) {
        measuring = now;
    }

    private synchronized void heard(NodeProgress progress) {
        if (measuring && beats < MOST_BEATS) {
            lags[beats++] = System.currentTimeMillis() - progress.step();
        }
    }

    private synchronized void missed() {
        lost++;
    }

    /** Heartbeats a second, share of one core, lags' middle, 99th percentile and worst in milliseconds, nodes that seemed silent. */
    private synchronized String figures(double seconds, double cpu) {
        long[] sorted = Arrays.copyOf(lags, beats);
        Arrays.sort(sorted);
        return beats / seconds + " " + cpu / seconds + " " + at(sorted, 0.5) + " " + at(sorted, 0.99) + " "
                + at(sorted, 1) + " " + lost;
    }

    private static long at(long[] sorted, double share) {
        return sorted.length == 0 ? -1 : sorted[(int) Math.min(sorted.length - 1L, (long) (share * sorted.length))];
    }
}
