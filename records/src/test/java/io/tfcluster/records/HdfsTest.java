package io.tfcluster.records;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.proto.Example;

/** All of it on a file system that is not the local one: an HDFS of one data node in this JVM, on the loopback. */
@Timeout(180)
final class HdfsTest {
    private static final StructType SCHEMA = StructType.fromDDL("id BIGINT NOT NULL, name STRING NOT NULL");

    @TempDir
    private static Path disk;

    private static MiniDFSCluster hdfs;
    private static String root;

    private final SparkSession spark = LocalSession.spark();

    @BeforeAll
    static void startHdfs() throws Exception {
        Configuration conf = new Configuration();
        conf.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, disk.toString());
        // these two log through log4j 1, which is not here
        conf.set("dfs.namenode.metrics.logger.period.seconds", "0");
        conf.set("dfs.datanode.metrics.logger.period.seconds", "0");
        hdfs = new MiniDFSCluster.Builder(conf).numDataNodes(1).build();
        hdfs.waitActive();
        root = hdfs.getURI().toString();
    }

    @AfterAll
    static void stopHdfs() {
        hdfs.close();
    }

    private Dataset<Row> rows(int count) {
        List<Row> rows = LongStream.range(0, count)
                .mapToObj(id -> RowFactory.create(id, "name " + id))
                .toList();
        return spark.createDataFrame(rows, SCHEMA).repartition(4);
    }

    @Test
    void writtenReadShardedAndReadByNodes() throws Exception {
        String folder = root + "/photos/train";
        TFRecordOptions gzip = TFRecordOptions.builder()
                .compression(Compression.GZIP)
                .saveMode(SaveMode.Overwrite)
                .build();

        TFRecords.write(rows(10), folder, gzip);
        TFRecords.write(rows(1000), folder, gzip);

        Dataset<Row> back = TFRecords.read(spark, root + "/photos/*");
        assertThat(back.schema()).isEqualTo(SCHEMA);
        assertThat(back.count()).isEqualTo(1000);
        assertThat(back.selectExpr("sum(id)").first().getLong(0)).isEqualTo(499_500);
        FileShards shards = FileShards.list(new Configuration(), folder);
        assertThat(shards.files()).hasSize(4).allMatch(file -> file.startsWith(folder + "/part-0000"));
        List<Long> ids = new ArrayList<>();
        for (int worker = 0; worker < 3; worker++) {
            for (String file : shards.shard(worker, 3)) {
                try (TFRecordReader reader = TFRecordReader.open(file, new Configuration())) {
                    while (reader.hasNext()) {
                        Example example = Example.parseFrom(reader.next());
                        ids.add(TFRecords.fromExample(example, SCHEMA).getLong(0));
                    }
                }
            }
        }
        assertThat(ids)
                .containsExactlyInAnyOrderElementsOf(
                        LongStream.range(0, 1000).boxed().toList());
    }

    @Test
    void nodesWriteTooAndMissingPathsAreTold() {
        String file = root + "/predictions/part-0.tfrecord.gz";

        try (TFRecordWriter writer = TFRecordWriter.create(file, new Configuration())) {
            writer.write(Examples.example("x", Examples.floats(0.5f)).toByteArray());
        }

        assertThat(TFRecords.read(spark, root + "/predictions").first().getFloat(0))
                .isEqualTo(0.5f);
        assertThatThrownBy(() -> TFRecords.read(spark, root + "/none"))
                .hasMessageContaining("nothing is at " + root + "/none");
        assertThatThrownBy(() -> TFRecords.write(rows(1), root + "/predictions"))
                .hasMessageContaining("is there already");
    }
}
