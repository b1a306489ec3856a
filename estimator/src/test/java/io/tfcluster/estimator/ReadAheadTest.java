package io.tfcluster.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.util.TaskCompletionListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
        awaitNoReader();
        assertThat(CLOSED).hasValue(OPENED.get());
    }

    static void awaitNoReader() {
        await().atMost(LONG)
                .until(() -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().startsWith("read-ahead-")));
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
}
