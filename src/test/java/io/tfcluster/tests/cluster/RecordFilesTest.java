package io.tfcluster.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfcluster.ClusterConfig;
import io.tfcluster.InputMode;
import io.tfcluster.NodeContext;
import io.tfcluster.TFCluster;
import io.tfcluster.TrainingReport;
import io.tfcluster.records.FileShards;
import io.tfcluster.records.TFRecordReader;
import io.tfcluster.records.TFRecords;
import io.tfcluster.tests.harness.Leftovers;
import io.tfcluster.tests.harness.LocalSpark;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.proto.Example;

/** Executors write TFRecord files, nodes read them: each its own, together all. */
final class RecordFilesTest {
    private static final int ROWS = 1000;

    @TempDir
    private Path folder;

    static void sumOfItsFiles(FileShards shards, NodeContext ctx) throws IOException {
        long rows = 0;
        long sum = 0;
        for (String file : shards.shard(ctx.index(), ctx.numWorkers())) {
            try (TFRecordReader reader = TFRecordReader.open(file, new Configuration())) {
                while (reader.hasNext()) {
                    Example example = Example.parseFrom(reader.next());
                    sum += example.getFeatures()
                            .getFeatureOrThrow("id")
                            .getInt64List()
                            .getValue(0);
                    rows++;
                }
            }
        }
        ctx.result("rows", Long.toString(rows));
        ctx.result("sum", Long.toString(sum));
    }

    @Test
    void nodesTogetherReadWhatTheExecutorsWrote() {
        String path = folder.resolve("ids").toString();
        try (LocalSpark spark = LocalSpark.shared(2, 2)) {
            Leftovers.Snapshot before = Leftovers.snapshot();
            Dataset<Row> ids = spark.session().range(ROWS).repartition(5).toDF();
            TFRecords.write(ids, path);
            FileShards shards = FileShards.list(spark.context().hadoopConfiguration(), path);
            ClusterConfig config = ClusterConfig.builder(2)
                    .inputMode(InputMode.TENSORFLOW)
                    .nodeMemory("256m")
                    .reservationTimeout(Duration.ofSeconds(90))
                    .build();

            try (TFCluster cluster = TFCluster.run(spark.session(), RecordFilesTest::sumOfItsFiles, shards, config)) {
                TrainingReport report = cluster.shutdown(true, Duration.ofSeconds(60));

                assertThat(report.nodes())
                        .allSatisfy(node -> assertThat(sum(node, "rows")).isPositive());
                assertThat(report.nodes().stream()
                                .mapToLong(node -> sum(node, "rows"))
                                .sum())
                        .isEqualTo(ROWS);
                assertThat(report.nodes().stream()
                                .mapToLong(node -> sum(node, "sum"))
                                .sum())
                        .isEqualTo(ROWS * (ROWS - 1L) / 2);
            }
            assertThat(TFRecords.read(spark.session(), path).count()).isEqualTo(ROWS);
            Leftovers.assertNothingLeftSince(before);
        }
    }

    private static long sum(TrainingReport.Node node, String name) {
        return Long.parseLong(node.result().getOrDefault(name, "0"));
    }
}
