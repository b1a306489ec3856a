package io.tfcluster.tests.cluster;

import static org.apache.spark.sql.types.DataTypes.BinaryType;
import static org.apache.spark.sql.types.DataTypes.FloatType;
import static org.apache.spark.sql.types.DataTypes.LongType;
import static org.apache.spark.sql.types.DataTypes.createArrayType;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.ClusterConfig;
import io.tfcluster.FeedInput;
import io.tfcluster.Ledger;
import io.tfcluster.NodeContext;
import io.tfcluster.TFCluster;
import io.tfcluster.feeding.FeedConfig;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.tests.harness.LocalSpark;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Rows that do not fit their feed: the error names feed, column, partition and row, and none of the block is counted. */
final class BadRowsTest {
    private static final FeedSchema PAIRS =
            FeedSchema.builder().float32("x", 3).int64("label").build();
    private static final StructType FRAME =
            new StructType().add("x", createArrayType(FloatType)).add("label", LongType);

    private static LocalSpark spark;
    private static TFCluster cluster;

    @BeforeAll
    static void start() {
        spark = LocalSpark.cluster(1, 2);
        FeedSchema pictures = FeedSchema.builder().binary("jpeg").build();
        ClusterConfig config = Ids.config(1)
                .feed("nulls", PAIRS)
                .feed("ragged", PAIRS)
                .feed("types", PAIRS)
                .feed("changing", PAIRS)
                .feed("large", FeedConfig.of(pictures).buffer(1 << 20))
                .build();
        cluster = TFCluster.run(spark.session(), BadRowsTest::takesNothing, "", config);
    }

    @AfterAll
    static void stop() {
        cluster.close();
        spark.close();
    }

    /** Whatever is sent stays in the feeds' buffers. */
    static void takesNothing(String args, NodeContext ctx) {
        ctx.awaitStop();
    }

    private static Dataset<Row> frame(StructType schema, int count, IntFunction<Row> row) {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            rows.add(row.apply(i));
        }
        return spark.session().createDataFrame(rows, schema).coalesce(1);
    }

    private static Row good(int row) {
        return RowFactory.create(List.of(1f, 2f, (float) row), (long) row);
    }

    private static void assertRefused(String feed, FeedInput input, String... words) {
        assertThatThrownBy(() -> cluster.feed(feed, input, 1))
                .hasMessageContaining("feed " + feed)
                .hasMessageContaining("partition 0")
                .hasMessageContainingAll(words);
        assertThat(cluster.ledger().epoch(feed, 0)).hasValueSatisfying(epoch -> {
            assertThat(epoch.state()).isEqualTo(Ledger.State.FAILED);
            assertThat(epoch.rowsTaken()).isZero();
        });
    }

    @Test
    void aNullInAFixedColumn() {
        Dataset<Row> rows = frame(FRAME, 10, i -> i == 7 ? RowFactory.create(List.of(1f, 2f, 3f), null) : good(i));
        assertRefused("nulls", FeedInput.of(rows), "row 7", "column label", "null");
    }

    @Test
    void aRaggedArray() {
        Dataset<Row> rows = frame(FRAME, 10, i -> i == 4 ? RowFactory.create(List.of(1f, 2f), 4L) : good(i));
        assertRefused("ragged", FeedInput.of(rows), "row 4", "column x", "3", "2");
    }

    @Test
    void aValueOfAnotherType() {
        Dataset<Row> frame = frame(FRAME, 10, BadRowsTest::good);
        FeedInput rows = FeedInput.of(
                frame.javaRDD().map(row -> row.getLong(1) == 3 ? RowFactory.create(row.getList(0), "three") : row));
        assertRefused("types", rows, "row 3", "label", "String");
    }

    @Test
    void rowsThatNoLongerFitInTheMiddleOfAPartition() {
        Dataset<Row> rows =
                frame(FRAME, 3_000, i -> i < 2_500 ? good(i) : RowFactory.create(List.of(1f, 2f, 3f, 4f), 1L));
        assertRefused("changing", FeedInput.of(rows), "row 2500", "column x", "3", "4");
    }

    @Test
    void aRowLargerThanTheLimit() {
        StructType schema = new StructType().add("jpeg", BinaryType);
        Dataset<Row> rows = frame(schema, 3, i -> RowFactory.create((Object) new byte[i == 2 ? 2_000_000 : 10]));
        assertRefused("large", FeedInput.of(rows), "row 2", "2000008 bytes", "at most", "bufferBytes");
    }
}
