package io.tfcluster.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfcluster.EpochReport;
import io.tfcluster.FeedInput;
import io.tfcluster.TFCluster;
import io.tfcluster.feeding.FeedConfig;
import io.tfcluster.feeding.RowEncoder;
import io.tfcluster.tests.harness.LocalSpark;
import io.tfcluster.tests.harness.StandaloneCluster;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A million rows, three epochs, tasks that fail and tasks that run twice: every row exactly three times. */
final class FeedExactnessTest {
    private static final int ROWS = 1_000_000;
    private static final int PARTITIONS = 37;
    private static final int EPOCHS = 3;
    private static final int POISON = 500;

    private static StandaloneCluster standalone;
    private static LocalSpark spark;
    private static final AtomicInteger COPIES = new AtomicInteger();
    private static final AtomicInteger FAILURES = new AtomicInteger();

    @TempDir
    Path folder;

    @BeforeAll
    static void startSpark() {
        standalone = StandaloneCluster.start(List.of("127.0.0.1", "localhost"), 2);
        spark = standalone.connect(Map.of(
                "spark.speculation", "true",
                "spark.speculation.interval", "50ms",
                "spark.speculation.multiplier", "1",
                "spark.speculation.quantile", "0.1",
                "spark.speculation.minTaskRuntime", "50ms",
                "spark.task.maxFailures", "6"));
        spark.session().sparkContext().addSparkListener(new Watcher());
    }

    @AfterAll
    static void stopSpark() {
        spark.close();
        standalone.close();
        System.out.println(COPIES + " speculative copies over all runs"); // how many is up to Spark
    }

    /** Counts what was done to the tasks. */
    private static final class Watcher extends SparkListener {
        @Override
        public void onTaskStart(SparkListenerTaskStart start) {
            if (start.taskInfo().speculative()) {
                COPIES.incrementAndGet();
            }
        }

        @Override
        public void onTaskEnd(SparkListenerTaskEnd end) {
            if (end.taskInfo().failed()) {
                FAILURES.incrementAndGet();
            }
        }
    }

    /** Returns the first id of a partition: the first holds half, every fifth is empty, the others grow. */
    static long[] starts() {
        long[] sizes = new long[PARTITIONS];
        sizes[0] = ROWS / 2;
        long left = ROWS - sizes[0];
        for (int partition = 1; partition < PARTITIONS - 1; partition++) {
            sizes[partition] = partition % 5 == 0 ? 0 : Math.min(left, 9_000 + 601L * partition);
            left -= sizes[partition];
        }
        sizes[PARTITIONS - 1] = left;
        long[] starts = new long[PARTITIONS + 1];
        for (int partition = 0; partition < PARTITIONS; partition++) {
            starts[partition + 1] = starts[partition] + sizes[partition];
        }
        return starts;
    }

    /** Ids that make a task fail at first: in a third of the partitions the iterator throws at a random row. */
    private static Iterator<Long> rows(int partition) {
        long[] starts = starts();
        long from = starts[partition];
        long to = starts[partition + 1];
        Random random = new Random(31L * partition);
        long bad = partition % 3 == 0 && to > from ? from + (long) (random.nextDouble() * (to - from)) : -1;
        int attempt = TaskContext.get().attemptNumber();
        return new Iterator<>() {
            private long next = from;

            @Override
            public boolean hasNext() {
                return next < to;
            }

            @Override
            public Long next() {
                if (next == bad && attempt == 0) {
                    throw new IllegalStateException("the reader broke at row " + next);
                }
                if (partition == PARTITIONS - 1 && next == from + POISON) {
                    dawdle();
                }
                return next++;
            }
        };
    }

    /** Makes the last task slow when slots are free, so that Spark starts a copy of it. */
    private static void dawdle() {
        try {
            Thread.sleep(1_200);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static RowEncoder<Long> encoderThatFailsAtFirst() {
        return (id, out) -> {
            if (id % (ROWS / 4) == POISON && TaskContext.get().attemptNumber() == 0) {
                throw new IllegalArgumentException("id " + id + " cannot be encoded just now");
            }
            out.putLong(id);
        };
    }

    @ParameterizedTest
    @CsvSource({"1, 1000", "2, 37", "3, 128"})
    void everyIdComesThreeTimes(int workers, int batch) throws IOException {
        int copiesBefore = COPIES.get();
        int failuresBefore = FAILURES.get();
        JavaRDD<Long> rows = spark.context()
                .parallelize(
                        java.util.stream.IntStream.range(0, PARTITIONS).boxed().toList(), PARTITIONS)
                .mapPartitionsWithIndex((partition, none) -> rows(partition), true);
        long start = System.nanoTime();
        List<EpochReport> epochs;
        String ledger;
        try (TFCluster cluster = TFCluster.run(
                spark.session(),
                Ids::reads,
                new Ids.Plan(folder.toString(), ROWS, batch, 0, 0),
                Ids.config(workers)
                        .feed("train", FeedConfig.of(Ids.SCHEMA).blocks(16 << 10))
                        .build())) {
            epochs = cluster.train(FeedInput.of(rows, encoderThatFailsAtFirst()), EPOCHS);
            cluster.shutdown();
            ledger = cluster.ledger().toString();
        }
        System.out.printf(
                "%d workers, batches of %d: %.1f s, %d failed tasks, %d speculative copies%n%s%n",
                workers,
                batch,
                (System.nanoTime() - start) / 1e9,
                FAILURES.get() - failuresBefore,
                COPIES.get() - copiesBefore,
                ledger);

        int[] counts = Ids.counts(folder, workers, ROWS);
        assertThat(Arrays.stream(counts).filter(count -> count != EPOCHS).count())
                .as("ids that did not come %d times", EPOCHS)
                .isZero();
        assertThat(epochs).allSatisfy(epoch -> {
            assertThat(epoch.inputRows()).isEqualTo(ROWS);
            assertThat(epoch.rowsTaken()).isEqualTo(ROWS);
        });
        assertThat(ledger).contains("1,000,000 of 1,000,000 rows, 0 repeated");
        assertThat(FAILURES.get()).as("tasks that failed").isGreaterThan(failuresBefore);
    }
}
