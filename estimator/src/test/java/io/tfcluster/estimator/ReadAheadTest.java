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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapFunction;
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
import org.apache.spark.sql.functions;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.util.TaskCompletionListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import scala.collection.JavaConverters;

@Timeout(300)
class ReadAheadTest {
    /** Two cores; a task may fail twice. */
    @RegisterExtension
    static final ModelSpark SPARK = new ModelSpark("local[2,3]");

    private static final Duration LONG = Duration.ofSeconds(100);

    // Executors of local mode are this process: what tasks do can be seen here.
    private static final AtomicInteger OPENED = new AtomicInteger();
    private static final AtomicInteger CLOSED = new AtomicInteger();
    private static final AtomicLong MADE = new AtomicLong();
    private static final AtomicLong TAKEN = new AtomicLong();
    private static final AtomicLong MOST_AHEAD = new AtomicLong();
    private static CountDownLatch together = new CountDownLatch(0);

    @TempDir
    Path folder;

    @BeforeEach
    void begin() {
        OPENED.set(0);
        CLOSED.set(0);
        MADE.set(0);
        TAKEN.set(0);
        MOST_AHEAD.set(0);
    }

    @AfterEach
    void noReaderIsLeft() {
        await().atMost(LONG)
                .until(() -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().startsWith("read-ahead-")));
        assertThat(CLOSED).hasValue(OPENED.get());
    }

    private static SparkSession spark() {
        return SPARK.session();
    }

    /** Numbers of so many partitions, each of which counts what it opens, closes and gives. */
    private static Dataset<Row> numbers(long count, int partitions, MapFunction<Long, Long> function) {
        return spark().range(0, count, 1, partitions)
                .as(Encoders.LONG())
                .mapPartitions(
                        (MapPartitionsFunction<Long, Long>) rows -> {
                            OPENED.incrementAndGet();
                            TaskContext.get().addTaskCompletionListener((TaskCompletionListener)
                                    context -> CLOSED.incrementAndGet());
                            return new Counting(rows, function);
                        },
                        Encoders.LONG())
                .toDF("id");
    }

    private record Counting(java.util.Iterator<Long> rows, MapFunction<Long, Long> function)
            implements java.util.Iterator<Long> {
        @Override
        public boolean hasNext() {
            return rows.hasNext();
        }

        @Override
        public Long next() {
            try {
                Long value = function.call(rows.next());
                MOST_AHEAD.accumulateAndGet(MADE.incrementAndGet() - TAKEN.get(), Math::max);
                return value;
            } catch (Exception e) {
                throw new IllegalStateException(e.getMessage(), e);
            }
        }
    }

    private static List<Long> sorted(Dataset<Row> rows) {
        return rows.collectAsList().stream().map(row -> row.getLong(0)).sorted().toList();
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "1, 7, 5", "2, 3, 256", "40, 4, 16", "0, 50, 1000"})
    void everyRowComesOnce(int partitions, int readers, int bufferRows) {
        Dataset<Row> rows = spark().range(0, 3000, 1, 19)
                .selectExpr(
                        "id",
                        "cast(id as string) as text",
                        "if(id % 3 = 0, null, array(id, id + 1)) as list",
                        "cast(repeat(cast(id as string), 20) as binary) as bytes");

        Dataset<Row> read = new ReadAhead()
                .setPartitions(partitions)
                .setReaders(readers)
                .setBufferRows(bufferRows)
                .transform(rows);

        assertThat(read.schema()).isEqualTo(rows.schema());
        assertThat(read.rdd().getNumPartitions()).isEqualTo(partitions == 0 ? 2 : Math.min(19, partitions));
        assertThat(read.orderBy("id").collectAsList())
                .isEqualTo(rows.orderBy("id").collectAsList());
        assertThat(read.agg(functions.sum("id")).head().getLong(0)).isEqualTo(2999L * 1500);
    }

    @Test
    void inputsWithoutPartitionsOrRowsGiveNothing() {
        assertThat(new ReadAhead().transform(spark().emptyDataFrame()).count()).isZero();
        assertThat(new ReadAhead().transform(spark().range(0, 0, 1, 5).toDF()).count())
                .isZero();
    }

    @Test
    void oneTaskReadsManyPartitionsAtATime() {
        together = new CountDownLatch(6);
        Dataset<Row> rows = numbers(6, 6, value -> {
            together.countDown();
            if (!together.await(LONG.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("only " + (6 - together.getCount()) + " are read at a time");
            }
            return value;
        });

        Dataset<Row> read = new ReadAhead().setPartitions(1).setReaders(6).transform(rows);

        assertThat(sorted(read)).containsExactly(0L, 1L, 2L, 3L, 4L, 5L);
    }

    @Test
    void readersGoOnWhileTheTaskComputesButNoFurtherThanTheBuffer() {
        Dataset<Row> read = new ReadAhead()
                .setPartitions(1)
                .setReaders(2)
                .setBufferRows(10)
                .transform(numbers(60, 2, value -> value));

        Dataset<Row> computed = read.as(Encoders.LONG())
                .map(
                        (MapFunction<Long, Long>) value -> {
                            long sofar = TAKEN.get();
                            // the last rows have nothing behind them
                            await().pollDelay(Duration.ZERO)
                                    .atMost(LONG)
                                    .until(() -> MADE.get() >= Math.min(60, sofar + 10));
                            TAKEN.incrementAndGet();
                            return value;
                        },
                        Encoders.LONG())
                .toDF("id");

        assertThat(sorted(computed)).hasSize(60);
        assertThat(MOST_AHEAD.get())
                .as("the buffer, the row being computed, and one in the hand of each reader")
                .isBetween(10L, 10L + 1 + 2);
    }

    @Test
    void anErrorArrivesWithItsCauseAndItsPartition() {
        Dataset<Row> read = new ReadAhead().setReaders(3).transform(numbers(100, 10, value -> {
            if (value == 42) {
                throw new IllegalArgumentException("42 is no good");
            }
            return value;
        }));

        assertThatThrownBy(read::collectAsList)
                .hasStackTraceContaining("partition 4 of the input could not be read")
                .hasStackTraceContaining("42 is no good");
    }

    @Test
    void anotherAttemptReadsAgain() {
        Dataset<Row> read = new ReadAhead().setPartitions(2).setReaders(2).transform(numbers(100, 8, value -> {
            if (value == 60 && TaskContext.get().attemptNumber() < 2) {
                throw new IllegalStateException("not yet");
            }
            return value;
        }));

        assertThat(sorted(read)).isEqualTo(LongStream.range(0, 100).boxed().toList());
    }

    @Test
    void aTaskThatEndsEarlyEndsItsReaders() {
        Dataset<Row> read = new ReadAhead()
                .setPartitions(1)
                .setReaders(4)
                .setBufferRows(8)
                .transform(numbers(Long.MAX_VALUE / 2, 8, value -> value));

        assertThat(read.limit(20).collectAsList()).hasSize(20);

        noReaderIsLeft();
        assertThat(OPENED.get()).isBetween(1, 4);
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void aTaskThatIsKilledEndsItsReaders(boolean interrupt) {
        Dataset<Row> read = new ReadAhead()
                .setPartitions(2)
                .setReaders(2)
                .transform(numbers(Long.MAX_VALUE / 2, 4, value -> value));
        CompletableFuture<Long> counted = CompletableFuture.supplyAsync(() -> {
            spark().sparkContext().setJobGroup("endless-" + interrupt, "to be cancelled", interrupt);
            return read.filter("id < 0").count();
        });
        await().atMost(LONG).until(() -> MADE.get() > 10_000);

        spark().sparkContext().cancelJobGroup("endless-" + interrupt);

        assertThatThrownBy(counted::join).hasStackTraceContaining("cancelled");
        noReaderIsLeft();
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
    void shufflesJoinsAndCachesGoWithIt() {
        Dataset<Row> names = spark().range(0, 50).selectExpr("id as key", "concat('n', id) as name");
        Dataset<Row> joined = numbers(1_000, 4, value -> value)
                .repartition(7)
                .join(functions.broadcast(names), functions.expr("id % 50 = key"));
        Dataset<Row> read = new ReadAhead().setPartitions(2).transform(joined);

        assertThat(read.groupBy("name").count().filter("count = 20").count()).isEqualTo(50);
        read.persist();
        try {
            assertThat(read.count()).isEqualTo(1_000);
            long made = MADE.get();
            assertThat(read.as("a").join(read.as("b"), "id").count()).isEqualTo(1_000);
            assertThat(MADE).as("the cache is used").hasValue(made);
        } finally {
            read.unpersist(true);
        }
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
        Dataset<Row> numbers = numbers(10, 3, value -> value);
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
