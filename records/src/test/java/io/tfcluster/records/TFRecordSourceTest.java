package io.tfcluster.records;

import static io.tfcluster.records.Examples.example;
import static io.tfcluster.records.Examples.ints;
import static io.tfcluster.records.Examples.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** TFRecord files by the ways of Spark's own sources. */
@Timeout(120)
final class TFRecordSourceTest {
    private final SparkSession spark = LocalSession.spark();

    @TempDir
    private Path folder;

    @BeforeEach
    void writeFiles() throws Exception {
        for (int i = 0; i < 30; i++) {
            Examples.write(
                    folder.resolve("part-%02d".formatted(i)),
                    example("id", ints(i), "name", text("n" + i), "a.b/c", ints(1)));
        }
    }

    @Test
    void readsAndWritesByFormat() {
        String out = folder.resolveSibling(folder.getFileName() + "-out").toString();
        Dataset<Row> rows = spark.read()
                .format("tfrecord")
                .option("recordType", "Example")
                .option("binaryColumns", "name, ")
                .load(folder + "/part-*");

        rows.write()
                .format("tfrecord")
                .option("codec", "gzip")
                .mode("overwrite")
                .save(out);

        Dataset<Row> back =
                spark.read().format("tfrecord").schema("name STRING, id INT").load(out);
        assertThat(back.filter("id = 7").first().getString(0)).isEqualTo("n7");
        assertThat(rows.schema().toDDL()).isEqualTo("`a.b/c` BIGINT NOT NULL,id BIGINT NOT NULL,name BINARY NOT NULL");
        assertThat(back.inputFiles()).isNotEmpty().allMatch(file -> file.endsWith(".tfrecord.gz"));
        assertThatThrownBy(() -> rows.write().format("tfrecord").save(out)).hasMessageContaining("is there already");
        assertThatThrownBy(() -> spark.read()
                        .format("tfrecord")
                        .option("recordType", "x")
                        .load(out))
                .hasMessageContaining("must be Example, SequenceExample or ByteArray, got x");
        assertThatThrownBy(() -> rows.write()
                        .format("tfrecord")
                        .option("codec", "snappy")
                        .save(out))
                .hasMessageContaining("must be none or gzip, got snappy");
    }

    @Test
    void smallFilesShareTasksAndKeepTheirOrder() {
        Dataset<Row> rows = TFRecords.read(spark, folder.toString());

        assertThat(rows.javaRDD().getNumPartitions()).isBetween(2, 15);
        assertThat(rows.select("id").collectAsList())
                .extracting(row -> row.getLong(0))
                .isSorted()
                .hasSize(30);
        assertThat(rows.count()).isEqualTo(30);
        assertThat(rows.groupBy().sum("`a.b/c`").first().getLong(0)).isEqualTo(30);
    }

    @Test
    void onlyAskedForColumnsAreMade() {
        Dataset<Row> rows = TFRecords.read(
                spark,
                folder.toString(),
                TFRecordOptions.builder()
                        .schema(StructType.fromDDL("id BIGINT, name FLOAT"))
                        .build());

        assertThat(rows.select("id").collectAsList()).hasSize(30);
        assertThatThrownBy(rows::collectAsList).hasMessageContaining("feature name holds bytes values");
    }

    @Test
    void filesAreKnownUntilSomethingIsDoneToTheRows() {
        Dataset<Row> rows = TFRecords.read(
                spark,
                List.of(folder + "/part-0*", folder + "/part-10"),
                TFRecordOptions.builder().build());

        assertThat(rows.count()).isEqualTo(11);
        assertThat(rows.inputFiles()).hasSize(11);
        assertThat(TFRecords.loadedFrom(rows)).contains(List.of(folder + "/part-0*", folder + "/part-10"));
        assertThat(TFRecords.loadedFrom(rows.filter("id > 3"))).isEmpty();
        assertThat(TFRecords.loadedFrom(spark.range(3).toDF())).isEmpty();
    }

    @Test
    void missingPathIsTold() {
        assertThatThrownBy(() -> TFRecords.read(spark, folder + "/none"))
                .hasMessageContaining("nothing is at " + folder + "/none");
        assertThatThrownBy(() -> spark.read().format("tfrecord").load()).hasMessageContaining("needs one path");
    }
}
