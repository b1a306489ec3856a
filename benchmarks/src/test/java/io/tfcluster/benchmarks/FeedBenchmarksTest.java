package io.tfcluster.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One Spark for two of them: that they run, on real executors and nodes, and what they say; the figures mean nothing. */
@Timeout(300)
class FeedBenchmarksTest {
    private static final Settings QUICK = Settings.of(List.of("--quick", "--gb", "0.2"));

    @Test
    void rowsAreFedOverTcpAndMemoryIsWatched() {
        List<String> said = new ArrayList<>();
        List<Measurement> measured = new ArrayList<>();
        try (LocalSpark spark = new LocalSpark()) {
            measured.addAll(new FeedRateBenchmark(FeedKind.IMAGES, BareSocket.Way.TCP, QUICK, spark).run(said::add));
            measured.addAll(new FeedMemoryBenchmark(QUICK, spark).run(said::add));
        }

        assertThat(measured)
                .extracting(Measurement::name)
                .containsExactly(
                        "feed.tcp",
                        "feed.tcp.ofMemoryCopy",
                        "feed.tcp.rows",
                        "feed.tcp.nodeWaits",
                        "feed.tcp.cpuOfTask",
                        "feed.tcp.cpuOfReceiver",
                        "feed.tcp.cpuOfBatches",
                        "feed.memory.fed",
                        "feed.memory.time",
                        "feed.memory.node.mean",
                        "feed.memory.node.max",
                        "feed.memory.node.empty",
                        "feed.memory.node.maxOverEmpty",
                        "feed.memory.node.slope",
                        "feed.memory.node.growth",
                        "feed.memory.executor.mean",
                        "feed.memory.executor.max",
                        "feed.memory.executor.slope",
                        "feed.memory.executor.growth");
        assertThat(measured.get(0).value()).isGreaterThan(1);
        assertThat(measured.get(0).ratio()).isGreaterThan(0);
        assertThat(measured.subList(4, 7)).allMatch(each -> each.value() > 0);
        assertThat(said).anyMatch(line -> line.contains("seconds, MB:   * node   o executor"));
    }
}
