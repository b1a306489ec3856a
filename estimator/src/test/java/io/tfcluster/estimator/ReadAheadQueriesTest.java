package io.tfcluster.estimator;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.input_file_name;
import static org.apache.spark.sql.functions.spark_partition_id;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.metric.SQLMetric;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import scala.collection.JavaConverters;

/** {@link ReadAhead} among the other things of a query: its sources, metrics, streams, pipelines and plans. */
@Timeout(300)
class ReadAheadQueriesTest {
    @RegisterExtension
    static final ModelSpark SPARK = new ModelSpark();

    private static final Duration LONG = Duration.ofSeconds(100);

    @TempDir
    Path folder;

    @AfterEach
    void noReaderIsLeft() {
        ReadAheadTest.awaitNoReader();
    }

    private static SparkSession spark() {
        return SPARK.session();
    }

    private static List<Long> sorted(Dataset<Row> rows) {
        return rows.collectAsList().stream().map(row -> row.getLong(0)).sorted().toList();
    }

    @Test
    void readersKnowTheirPartitionAndTheirFile() {
        spark().range(0, 4_000, 1, 8)
                .select(col("id"), spark_partition_id().as("part"))
                .write()
                .partitionBy("part")
                .json(folder.resolve("in").toString());
        spark().conf().set("spark.sql.files.openCostInBytes", 128L << 20); // each file a partition

        List<Row> all;
        try {
            Dataset<Row> rows = spark().read().json(folder.resolve("in").toString());
            all = new ReadAhead()
                    .setPartitions(1)
                    .setReaders(8)
                    .setBufferRows(1)
                    .transform(rows.withColumn("file", input_file_name()).withColumn("input", spark_partition_id()))
                    .collectAsList();
        } finally {
            spark().conf().unset("spark.sql.files.openCostInBytes");
        }

        assertThat(all).hasSize(4_000);
        assertThat(all).allMatch(row -> row.<String>getAs("file").contains("/part=" + row.getAs("part") + "/"));
        assertThat(all.stream().map(row -> row.getAs("input")).distinct()).hasSize(8);
    }

    @Test
    void whatIsReadIsCountedOnceAndOnlyColumnsThatAreAskedForAreRead() {
        spark().range(0, 5_000, 1, 6)
                .selectExpr("id", "id * 2 as twice", "repeat('x', 100) as text")
                .write()
                .parquet(folder.resolve("in").toString());
        AtomicLong records = new AtomicLong();
        AtomicLong bytes = new AtomicLong();
        SparkListener listener = new SparkListener() {
            @Override
            public void onTaskEnd(SparkListenerTaskEnd end) {
                records.addAndGet(end.taskMetrics().inputMetrics().recordsRead());
                bytes.addAndGet(end.taskMetrics().inputMetrics().bytesRead());
            }
        };
        Dataset<Row> read = new ReadAhead()
                .setPartitions(1)
                .setReaders(6)
                .transform(spark().read().parquet(folder.resolve("in").toString()))
                .select("twice");

        spark().sparkContext().addSparkListener(listener);
        try {
            assertThat(read.collectAsList()).hasSize(5_000);
            await().atMost(LONG).until(() -> records.get() >= 5_000);
        } finally {
            spark().sparkContext().removeSparkListener(listener);
        }

        SparkPlan plan = read.queryExecution().executedPlan();
        assertThat(records).hasValue(5_000);
        assertThat(bytes.get()).isPositive();
        assertThat(metric(plan, "Scan parquet", "numOutputRows")).isEqualTo(5_000);
        assertThat(metric(plan, "ReadAhead", "numOutputRows")).isEqualTo(5_000);
        assertThat(metric(plan, "ReadAhead", "taskWaits"))
                .as("-1 if never counted")
                .isNotNegative();
        assertThat(plan.toString()).contains("ReadSchema: struct<twice:bigint>");
    }

    private static long metric(SparkPlan plan, String node, String name) {
        if (plan.nodeName().trim().startsWith(node)) {
            SQLMetric metric = plan.metrics().apply(name);
            return metric.value();
        }
        return JavaConverters.seqAsJavaList(plan.children()).stream()
                .mapToLong(child -> metric(child, node, name))
                .max()
                .orElse(-1);
    }

    @Test
    void aStreamIsReadAhead() throws Exception {
        spark().range(0, 300, 1, 3).write().json(folder.resolve("in").toString());
        Dataset<Row> read = new ReadAhead()
                .setPartitions(1)
                .transform(spark().readStream()
                        .schema("id long")
                        .json(folder.resolve("in").toString()));

        StreamingQuery query = read.writeStream()
                .format("memory")
                .queryName("ahead")
                .option("checkpointLocation", folder.resolve("checkpoint").toString())
                .start();
        try {
            query.processAllAvailable();
        } finally {
            query.stop();
        }

        assertThat(sorted(spark().table("ahead")))
                .isEqualTo(LongStream.range(0, 300).boxed().toList());
    }

    @Test
    void itIsSavedAndLoadedWithItsPipeline() throws Exception {
        ReadAhead stage =
                new ReadAhead().setPartitions(3).setReaders(5).setBufferRows(7).setBufferBytes(1 << 20);
        String path = folder.resolve("pipeline").toString();
        new Pipeline()
                .setStages(new PipelineStage[] {stage})
                .fit(spark().range(3).toDF())
                .write()
                .save(path);

        ReadAhead loaded = (ReadAhead) PipelineModel.load(path).stages()[0];

        assertThat(loaded.uid()).isEqualTo(stage.uid());
        assertThat(List.of(loaded.getPartitions(), loaded.getReaders(), loaded.getBufferRows()))
                .containsExactly(3, 5, 7);
        assertThat(loaded.getBufferBytes()).isEqualTo(1 << 20);
        assertThat(sorted(loaded.transform(spark().range(9).toDF()))).hasSize(9);
        assertThatThrownBy(() -> stage.setReaders(0)).hasMessageContaining("readers must be 1 or more, got 0");
    }

    @Test
    void aPlanTellsReadersModelsAndWaits() {
        Path graph = TestGraphs.sums(folder.resolve("sums.pb"), 2);
        Dataset<Row> rows =
                spark().range(0, 10, 1, 9).selectExpr("id", "array(cast(id as float), cast(id as float)) as x");
        Dataset<Row> numbers = spark().range(0, 10, 1, 3)
                .as(Encoders.LONG())
                .mapPartitions((MapPartitionsFunction<Long, Long>) values -> values, Encoders.LONG())
                .toDF("id");
        TFModel model = new TFModel()
                .setFrozenGraph(graph.toString())
                .setInputMapping(Map.of("x", "x"))
                .setOutputMapping(Map.of("sum", "sum"))
                .setBatchSize(8)
                .setThreads(3);
        ReadAhead ahead = new ReadAhead().setPartitions(2).setReaders(4).setBufferRows(64);

        String untied = ReadAhead.explain(model.transform(ahead.transform(rows)));
        String function = ReadAhead.explain(ahead.transform(numbers));
        String tied = ReadAhead.explain(model.transform(rows).groupBy("sum").count());

        assertThat(untied.lines())
                .containsExactly(
                        "reading: 9 partitions of the input by 2 tasks with 4 readers each, 8 at a time, in threads of their own",
                        "waiting: readers while 64 rows or 64.0 MiB of their task lie unread, a task while none does",
                        "model: frozen graph file:" + graph + " makes sum, in the tasks, in batches of 8;"
                                + " one session with 3 threads on each executor, for all tasks");
        assertThat(function.lines().map(line -> line.split(":", 2)[0]))
                .containsExactly("reading", "waiting", "function");
        assertThat(function).endsWith("function: makes value, in the readers, row after row");
        assertThat(tied).startsWith("reading: 9 partitions of the input, each by the task that computes it");
        assertThat(tied.lines().skip(1).map(line -> line.split(":", 2)[0])).containsExactly("model", "exchange");
    }
}
