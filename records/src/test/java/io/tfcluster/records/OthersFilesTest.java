package io.tfcluster.records;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files that other people's programs wrote, where they are: {@code tfrecords/} in the folder that system property or environment variable {@code
 * TFCLUSTER_DATA} names, or in {@code ../shared/data} beside the repository.
 */
@Timeout(120)
final class OthersFilesTest {
    private static final String NAME = "TFCLUSTER_DATA";

    @TempDir
    private Path folder;

    private static Path files(String name) {
        Optional<Path> data = Stream.of(System.getProperty(NAME), System.getenv(NAME))
                .filter(value -> value != null && !value.isBlank())
                .findFirst()
                .map(Path::of)
                .or(() -> Stream.iterate(Path.of("").toAbsolutePath(), path -> path != null, Path::getParent)
                        .filter(path -> Files.isDirectory(path.resolve(".ci")))
                        .findFirst()
                        .map(root -> root.resolveSibling("shared").resolve("data")));
        Path files = data.orElse(Path.of("")).resolve("tfrecords").resolve(name);
        Assumptions.assumeTrue(Files.isDirectory(files), "skipped: no folder " + files + ". Set " + NAME);
        return files;
    }

    private static Dataset<Row> read(Path path) {
        return TFRecords.read(LocalSession.spark(), path.toString());
    }

    @Test
    void jpegsWithLabels() {
        Dataset<Row> rows = read(files("arabic_digits_cyber"));

        assertThat(rows.schema().toDDL().replace(" NOT NULL", ""))
                .isEqualTo(
                        "`image/channels` BIGINT,`image/class/label` BIGINT,`image/class/text` STRING,`image/colorspace` STRING,"
                                + "`image/encoded` BINARY,`image/filename` STRING,`image/format` STRING,`image/height` BIGINT,`image/width` BIGINT");
        assertThat(rows.schema().toDDL()).doesNotContain("BIGINT,");
        assertThat(rows.count()).isEqualTo(500);
        byte[] image = rows.select("image/encoded").first().getAs(0);
        assertThat(image).startsWith(0xff, 0xd8, 0xff);
    }

    @Test
    void floatFeatures() {
        Dataset<Row> rows = read(files("mnist_features"));

        assertThat(rows.schema().toDDL()).isEqualTo("image_class BIGINT NOT NULL,image_floats ARRAY<FLOAT> NOT NULL");
        assertThat(rows.count()).isEqualTo(1000);
        assertThat(rows.filter("size(image_floats) = 784 and image_class between 0 and 9")
                        .count())
                .isEqualTo(1000);
    }

    @Test
    void gzipFilesWithMissingFeatures() {
        Dataset<Row> rows = read(files("taxi_gzip"));

        assertThat(rows.columns()).hasSize(18);
        assertThat(rows.count()).isEqualTo(1273);
        assertThat(rows.schema().toDDL())
                .contains("company STRING,", "dropoff_latitude FLOAT,", "trip_seconds BIGINT,", "fare FLOAT NOT NULL")
                .contains("pickup_census_tract STRING,");
        assertThat(rows.filter("company is null").count()).isEqualTo(435);
        assertThat(rows.filter("trip_seconds is null").count()).isEqualTo(1);
        assertThat(rows.filter("pickup_census_tract is not null").count()).isZero();
    }

    @Test
    void whatWasReadIsWrittenAndReadAgain() {
        Dataset<Row> rows = read(files("taxi_gzip")).drop("pickup_census_tract");
        String out = folder.resolve("out").toString();

        TFRecords.write(
                rows,
                out,
                TFRecordOptions.builder().compression(Compression.GZIP).build());

        List<Row> back = read(Path.of(out)).collectAsList();
        assertThat(back).containsExactlyInAnyOrderElementsOf(rows.collectAsList());
    }
}
