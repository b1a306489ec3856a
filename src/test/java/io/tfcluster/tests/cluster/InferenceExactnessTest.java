package io.tfcluster.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.tfcluster.TFCluster;
import io.tfcluster.tests.harness.LocalSpark;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.spark.api.java.JavaRDD;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One answer for each row, in the order of the rows, whatever the batch size; another number of answers is an error that says both. */
final class InferenceExactnessTest {
    private static final int PARTITIONS = 7;
    private static LocalSpark spark;

    @BeforeAll
    static void startSpark() {
        spark = LocalSpark.shared(2, 2);
    }

    @AfterAll
    static void stopSpark() {
        spark.close();
    }

    private static JavaRDD<Long> rows(int count) {
        long size = (count + PARTITIONS - 1L) / PARTITIONS;
        return spark.context()
                .parallelize(IntStream.range(0, PARTITIONS).boxed().toList(), PARTITIONS)
                .mapPartitionsWithIndex(
                        (partition, none) -> LongStream.range(partition * size, Math.min(count, (partition + 1) * size))
                                .boxed()
                                .iterator(),
                        true);
    }

    private static TFCluster cluster(Ids.Plan plan) {
        return TFCluster.run(
                spark.session(),
                Ids::answers,
                plan,
                Ids.config(2).feed("inference", Ids.SCHEMA).build());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 128})
    void orderAndCountAreExact(int batch) {
        int count = 1_000_000;
        try (TFCluster cluster = cluster(Ids.Plan.of(batch))) {
            long start = System.nanoTime();
            List<long[]> checked = cluster.inference(rows(count), Ids.encoder())
                    .mapPartitions(answers -> {
                        long first = -1;
                        long next = -1;
                        long wrong = 0;
                        while (answers.hasNext()) {
                            var answer = answers.next();
                            long id = answer._1();
                            first = first < 0 ? id : first;
                            wrong += (next >= 0 && id != next) || answer._2().getLong(0) != id ? 1 : 0;
                            next = id + 1;
                        }
                        return List.of(new long[] {first, next, wrong}).iterator();
                    })
                    .collect();
            System.out.printf(
                    "inference of %,d rows in batches of %d: %.1f s%n",
                    count, batch, (System.nanoTime() - start) / 1e9);

            long expected = 0;
            for (long[] partition : checked) {
                assertThat(partition[0]).isEqualTo(expected);
                assertThat(partition[2])
                        .as("rows out of order or with another row's answer")
                        .isZero();
                expected = partition[1];
            }
            assertThat(expected).isEqualTo(count);
            cluster.shutdown();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, -1})
    void anotherNumberOfAnswersIsAnErrorThatNamesBoth(int more) {
        try (TFCluster cluster = cluster(new Ids.Plan("", 7_000, 8, 0, more))) {
            JavaRDD<Long> rows = rows(14_000);
            long right = cluster.inference(rows.filter(id -> id < 7_000), Ids.encoder())
                    .count(); // now the nodes are warm

            long start = System.nanoTime();
            Throwable answered = catchThrowable(() -> cluster.inference(rows.filter(id -> id >= 7_000), Ids.encoder())
                    .collect());
            Throwable ended = catchThrowable(cluster::shutdown);
            Duration took = Duration.ofNanos(System.nanoTime() - start);

            System.out.println("another number of answers was told after " + took.toMillis() + " ms");
            assertThat(right).isEqualTo(7_000);
            assertThat(answered).isNotNull(); // Spark shows what the last repetition of a task met: nodes that are gone
            assertThat(ended).hasMessageContaining(8 + more + " rows").hasMessageContaining("has 8 rows");
            assertThat(took).isLessThan(Duration.ofSeconds(10)); // 1 to 2 s where nothing else runs
        }
    }
}
