package io.tfcluster.feeding.tensor;

import static io.tfcluster.feeding.TestNode.async;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.feeding.FeedOptions;
import io.tfcluster.feeding.FeedPartition;
import io.tfcluster.feeding.FeedResult;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.feeding.InferredRow;
import io.tfcluster.feeding.InferredRows;
import io.tfcluster.feeding.PartitionFeeder;
import io.tfcluster.feeding.RowEncoder;
import io.tfcluster.feeding.TestNode;
import io.tfcluster.transport.ClusterSecret;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;

@Timeout(60)
final class DataFeedTest {
    private static final FeedSchema ALL = FeedSchema.builder()
            .uint8("u", 2, 3)
            .int32("i", 2)
            .int64("l")
            .float32("f", 3)
            .float64("d")
            .bool("b")
            .string("s")
            .binary("bytes")
            .build();

    private static final RowEncoder<Integer> ENCODER = (row, out) -> {
        out.putBytes(new byte[] {(byte) row.intValue(), 1, 2, 3, 4, (byte) 250});
        out.putInts(new int[] {row, -row}).putLong(1L << 40 | row).putFloats(new float[] {row, 0.5f, -row});
        out.putDouble(row / 4.0).putBoolean(row % 3 == 0).putString("grün " + row);
        byte[] bytes = new byte[row % 50];
        Arrays.fill(bytes, (byte) row.intValue());
        out.putBytes(bytes);
    };

    @TempDir
    Path folder;

    private final ClusterSecret secret = ClusterSecret.random();

    private TestNode node(FeedSchema schema) {
        return new TestNode("a", secret, schema, folder.resolve("a"), feed -> feed);
    }

    private <T> CompletableFuture<FeedResult> feed(
            TestNode node, FeedSchema schema, Iterable<T> rows, RowEncoder<T> encoder) {
        return async(() -> PartitionFeeder.feed(
                new FeedPartition("train", 0, 0, 0),
                rows.iterator(),
                schema,
                encoder,
                List.of(node.target()),
                secret,
                FeedOptions.DEFAULTS.withBlockBytes(1500)));
    }

    @Test
    void rowsThatAreInWhenACallFailsComeWithTheNextOnesOfAnotherSize() throws Exception {
        try (TestNode node =
                new TestNode("a", secret, ALL, folder.resolve("a"), feed -> feed, java.time.Duration.ofMillis(700))) {
            DataFeed feed = DataFeed.of(node.server, "train");
            CompletableFuture<FeedResult> fed =
                    feed(node, ALL, IntStream.range(0, 25).boxed().toList(), ENCODER);
            assertThatThrownBy(() -> feed.nextBatch(100)).hasMessageContaining("25 rows waiting");
            fed.get(5, TimeUnit.SECONDS);
            node.server.endEpoch("train", 0);
            int row = 0;
            for (int size : new int[] {10, 3, 200}) {
                try (Batch batch = feed.nextBatch(size)) {
                    assertThat(batch.rows()).isEqualTo(Math.min(size, 25 - row));
                    assertThat(batch.endOfEpoch()).isEqualTo(size == 200);
                    TString s = (TString) batch.tensor("s");
                    TFloat32 f = (TFloat32) batch.tensor("f");
                    for (int k = 0; k < batch.rows(); k++, row++) {
                        assertThat(s.getObject(k)).isEqualTo("grün " + row);
                        assertThat(f.getFloat(k, 2)).isEqualTo(-row);
                    }
                }
            }
        }
    }

    @Test
    void everyColumnTypeBecomesItsTensorWithTheSameValues() throws Exception {
        try (TestNode node = node(ALL)) {
            DataFeed feed = DataFeed.of(node.server, "train");
            CompletableFuture<FeedResult> fed =
                    feed(node, ALL, IntStream.range(0, 300).boxed().toList(), ENCODER);
            for (int from = 0; from < 300; from += 100) {
                try (Batch batch = feed.nextBatch(100)) {
                    assertThat(batch.rows()).isEqualTo(100);
                    assertThat(batch.tensor("u").shape()).isEqualTo(Shape.of(100, 2, 3));
                    TUint8 u = (TUint8) batch.tensor("u");
                    TInt32 i = (TInt32) batch.tensor("i");
                    TInt64 l = (TInt64) batch.tensor("l");
                    TFloat32 f = (TFloat32) batch.tensor("f");
                    TFloat64 d = (TFloat64) batch.tensor("d");
                    TBool b = (TBool) batch.tensor("b");
                    TString s = (TString) batch.tensor("s");
                    TString bytes = (TString) batch.tensor("bytes");
                    for (int k = 0; k < 100; k++) {
                        int row = from + k;
                        assertThat(u.getByte(k, 0, 0)).isEqualTo((byte) row);
                        assertThat(u.getByte(k, 1, 2)).isEqualTo((byte) 250);
                        assertThat(i.getInt(k, 1)).isEqualTo(-row);
                        assertThat(l.getLong(k)).isEqualTo(1L << 40 | row);
                        assertThat(f.getFloat(k, 0)).isEqualTo(row);
                        assertThat(d.getDouble(k)).isEqualTo(row / 4.0);
                        assertThat(b.getBoolean(k)).isEqualTo(row % 3 == 0);
                        assertThat(s.getObject(k)).isEqualTo("grün " + row);
                        assertThat(bytes.asBytes().getObject(k))
                                .hasSize(row % 50)
                                .containsOnly(expected(row));
                    }
                }
            }
            assertThat(fed.get(5, TimeUnit.SECONDS).totalRows()).isEqualTo(300);
            node.server.endFeed("train");
            try (Batch end = feed.nextBatch(10)) {
                assertThat(end.rows()).isZero();
                assertThat(end.tensor("u").shape()).isEqualTo(Shape.of(0, 2, 3));
                assertThat(end.tensors()).containsOnlyKeys("u", "i", "l", "f", "d", "b", "s", "bytes");
            }
            assertThat(feed.shouldStop()).isTrue();
        }
    }

    private static Byte[] expected(int row) {
        Byte[] values = new Byte[row % 50 == 0 ? 0 : 1];
        Arrays.fill(values, (byte) row);
        return values;
    }

    @Test
    void aClosedBatchIsOfNoUseAndAnUnknownColumnNamesTheOthers() throws Exception {
        try (TestNode node = node(ALL)) {
            DataFeed feed = DataFeed.of(node.server, "train");
            CompletableFuture<FeedResult> fed = feed(node, ALL, List.of(1, 2), ENCODER);
            Batch batch = feed.nextBatch(2);
            assertThatThrownBy(() -> batch.tensor("image")).hasMessageContaining("no column image");
            batch.close();
            batch.close();
            assertThatThrownBy(() -> batch.tensor("u")).isInstanceOf(IllegalStateException.class);
            fed.get(5, TimeUnit.SECONDS);
        }
    }

    @Test
    void thousandsOfBatchesLeaveNoNativeMemoryBehind() throws Exception {
        FeedSchema schema = FeedSchema.builder()
                .uint8("image", 64, 64, 3)
                .binary("jpeg")
                .string("name")
                .build();
        byte[] image = new byte[64 * 64 * 3];
        byte[] jpeg = new byte[5000];
        String name = "a name that is not short ".repeat(80);
        RowEncoder<Integer> encoder =
                (row, out) -> out.putBytes(image).putBytes(jpeg).putString(name);
        try (TestNode node = node(schema)) {
            DataFeed feed = DataFeed.of(node.server, "train");
            CompletableFuture<FeedResult> fed =
                    feed(node, schema, IntStream.range(0, 96_000).boxed().toList(), encoder);
            TFloat32.scalarOf(0).close(); // loads the natives
            long rows = 0;
            long pointers = Pointer.totalCount();
            long before = Pointer.physicalBytes();
            long leastGrowth = Long.MAX_VALUE;
            for (int stretch = 0; stretch < 4; stretch++) {
                for (int i = 0; i < 1500; i++) {
                    try (Batch batch = feed.nextBatch(16)) {
                        rows += batch.rows();
                    }
                }
                long after = Pointer.physicalBytes();
                leastGrowth = Math.min(leastGrowth, after - before);
                before = after;
            }
            assertThat(rows).isEqualTo(96_000);
            assertThat(fed.get(5, TimeUnit.SECONDS).totalRows()).isEqualTo(96_000);
            assertThat(Pointer.totalCount() - pointers).isLessThan(100);
            // the Java heap grows too, by less than this in one stretch at least; each stretch fills 460 MB of tensors
            assertThat(leastGrowth).isLessThan(100L << 20);
        }
    }

    @Test
    void resultsOfEveryTypeReturnToTheirRows() throws Exception {
        try (TestNode node = node(ALL)) {
            DataFeed feed = DataFeed.of(node.server, "train");
            CompletableFuture<Void> served = async(() -> {
                while (!feed.shouldStop()) {
                    try (Batch batch = feed.nextBatch(7)) {
                        if (batch.rows() > 0) {
                            Map<String, Tensor> results = new LinkedHashMap<>(batch.tensors());
                            feed.batchResults(results, Set.of("bytes"));
                        }
                    }
                }
                return null;
            });
            try (InferredRows<Integer> results = PartitionFeeder.infer(
                    new FeedPartition("train", 0, 0, 0),
                    IntStream.range(0, 500).iterator(),
                    ALL,
                    ENCODER,
                    List.of(node.target()),
                    secret,
                    FeedOptions.DEFAULTS.withBlockBytes(1500))) {
                for (int row = 0; row < 500; row++) {
                    InferredRow<Integer> result = results.next();
                    assertThat(result.row()).isEqualTo(row);
                    assertThat(result.schema()).isEqualTo(ALL);
                    assertThat((byte[]) result.cell("u")).startsWith((byte) row).endsWith((byte) 250);
                    assertThat((int[]) result.cell("i")).containsExactly(row, -row);
                    assertThat(result.cell("l")).isEqualTo(1L << 40 | row);
                    assertThat((float[]) result.cell("f")).containsExactly(row, 0.5f, -row);
                    assertThat(result.cell("d")).isEqualTo(row / 4.0);
                    assertThat(result.cell("b")).isEqualTo(row % 3 == 0);
                    assertThat(result.cell("s")).isEqualTo("grün " + row);
                    assertThat((byte[]) result.cell("bytes")).hasSize(row % 50);
                }
                assertThat(results.hasNext()).isFalse();
            }
            node.server.endFeed("train");
            served.get(5, TimeUnit.SECONDS);
        }
    }

    @Test
    void resultsThatDoNotFitAreRefusedByNameAndBothNumbers() throws Exception {
        try (TestNode node = node(TestNode.IDS)) {
            DataFeed feed = DataFeed.of(node.server, "train");
            CompletableFuture<Boolean> asked = async(() -> {
                try (InferredRows<Long> rows = PartitionFeeder.infer(
                        new FeedPartition("train", 0, 0, 0),
                        List.of(1L, 2L, 3L).iterator(),
                        TestNode.IDS,
                        TestNode.IDS_ENCODER,
                        List.of(node.target()),
                        secret,
                        FeedOptions.DEFAULTS)) {
                    return rows.next().cell("p").equals(2f);
                }
            });
            try (Batch batch = feed.nextBatch(3);
                    TFloat32 two = TFloat32.vectorOf(1, 2);
                    TFloat32 scalar = TFloat32.scalarOf(1);
                    TFloat16 half = TFloat16.vectorOf(1, 2, 3);
                    TString square = TString.tensorOf(StdArrays.ndCopyOf(new String[][] {{"a"}, {"b"}, {"c"}}));
                    TFloat32 good = TFloat32.vectorOf(2, 4, 6)) {
                assertThat(batch.rows()).isEqualTo(3);
                assertThatThrownBy(() -> feed.batchResults(Map.of("p", two)))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("result p has 2 rows")
                        .hasMessageContaining("has 3 rows");
                assertThatThrownBy(() -> feed.batchResults(Map.of("p", scalar)))
                        .hasMessageContaining("no dimension for rows");
                assertThatThrownBy(() -> feed.batchResults(Map.of("p", half))).hasMessageContaining("DT_HALF");
                assertThatThrownBy(() -> feed.batchResults(Map.of("p", square))).hasMessageContaining("shape [rows]");
                assertThatThrownBy(() -> feed.batchResults(Map.of())).hasMessageContaining("no result given");
                feed.batchResults(Map.of("p", good));
            }
            assertThat(asked.get(5, TimeUnit.SECONDS)).isTrue();
        }
    }
}
