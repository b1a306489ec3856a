package io.tfcluster.feeding;

import static io.tfcluster.feeding.TestNode.IDS;
import static io.tfcluster.feeding.TestNode.feedIds;
import static io.tfcluster.feeding.TestNode.partition;
import static org.assertj.core.api.Assertions.assertThat;

import io.tfcluster.transport.ClusterSecret;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class ShuffleTest {
    private static final FeedOptions SMALL = FeedOptions.DEFAULTS.withBlockBytes(400);

    @TempDir
    Path folder;

    private final ClusterSecret secret = ClusterSecret.random();
    private int count;

    private List<Long> run(FeedConfig config, int batchRows, long rows, int epochs) throws Exception {
        String name = "a" + count++;
        try (TestNode node = new TestNode(name, secret, IDS, folder.resolve(name), feed -> config)) {
            CompletableFuture<List<Long>> reader = node.drain(batchRows, 0);
            for (int epoch = 0; epoch < epochs; epoch++) {
                FeedPartition part = new FeedPartition("train", epoch, 0, 0);
                assertThat(feedIds(secret, part, 0, rows, SMALL, node).totalRows())
                        .isEqualTo(rows);
                node.server.endEpoch("train", epoch);
            }
            node.server.endFeed("train");
            return reader.get(20, TimeUnit.SECONDS);
        }
    }

    private static List<Long> sorted(List<Long> ids) {
        return ids.stream().sorted().toList();
    }

    private static List<Long> range(long rows) {
        return LongStream.range(0, rows).boxed().toList();
    }

    @Test
    void everyRowComesOnceInAnOrderThatTheSeedDecides() throws Exception {
        FeedConfig config = FeedConfig.of(IDS).shuffle(300, 5);
        List<Long> ids = run(config, 64, 2_000, 1);

        assertThat(sorted(ids)).isEqualTo(range(2_000));
        assertThat(run(config, 64, 2_000, 1)).isEqualTo(ids);
        assertThat(run(config.shuffle(300, 6), 64, 2_000, 1)).isNotEqualTo(ids);
    }

    @Test
    void rowsMoveByAboutAWindowAndNeighboursPart() throws Exception {
        List<Long> ids = run(FeedConfig.of(IDS).shuffle(500, 1), 50, 5_000, 1);

        double meanMove = 0;
        int together = 0;
        for (int i = 0; i < ids.size(); i++) {
            meanMove += Math.abs(ids.get(i) - i) / (double) ids.size();
            together += i > 0 && ids.get(i) == ids.get(i - 1) + 1 ? 1 : 0;
        }
        assertThat(meanMove).isBetween(500 / 6.0, 500.0); // a third of the window for a perfect mixture of each window
        assertThat(together).isLessThan(50);
    }

    @Test
    void epochsAreMixedDifferentlyAndNeverWithEachOther() throws Exception {
        List<Long> ids = run(FeedConfig.of(IDS).shuffle(10_000, 3), 64, 500, 3);

        List<List<Long>> epochs = new ArrayList<>();
        for (int epoch = 0; epoch < 3; epoch++) {
            epochs.add(ids.subList(500 * epoch, 500 * (epoch + 1)));
            assertThat(sorted(epochs.get(epoch))).isEqualTo(range(500));
        }
        assertThat(epochs).doesNotHaveDuplicates();
    }

    @Test
    void aBatchLargerThanTheWindowAndAWindowOfFewBytesStillFill() throws Exception {
        assertThat(sorted(run(FeedConfig.of(IDS).shuffle(3, 1), 100, 1_000, 1))).isEqualTo(range(1_000));
        assertThat(sorted(run(FeedConfig.of(IDS).shuffle(500, 1).shuffleBuffer(100), 64, 1_000, 1)))
                .isEqualTo(range(1_000));
    }

    @Test
    void whatIsHeldStaysWithinTwoWindows() throws Exception {
        FeedConfig config = FeedConfig.of(IDS).shuffle(200, 1);
        try (TestNode node = new TestNode("held", secret, IDS, folder.resolve("held"), feed -> config)) {
            CompletableFuture<FeedResult> fed =
                    TestNode.async(() -> feedIds(secret, partition(0), 0, 5_000, SMALL, node));
            int most = 0;
            for (int rows = 0; rows < 4_000; ) {
                try (RowBatch batch = node.reader().next(50)) {
                    rows += batch.rows();
                    most = Math.max(most, node.reader().stats().shuffleRows());
                }
            }
            assertThat(most).isBetween(150, 400);
            node.reader().terminate();
            assertThat(fed.get(10, TimeUnit.SECONDS).terminated()).isTrue();
            assertThat(node.reader().stats().shuffleRows()).isZero();
        }
    }
}
