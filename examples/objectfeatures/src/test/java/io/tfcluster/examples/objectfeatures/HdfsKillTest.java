package io.tfcluster.examples.objectfeatures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The pictures and the output are on HDFS; the run is a process of its own that is killed half-way. */
@Timeout(1000)
class HdfsKillTest {

    private static final int PICTURES = 60;
    private static final int BATCH = 4;

    @TempDir
    private static java.nio.file.Path disk;

    private static MiniDFSCluster hdfs;

    @BeforeAll
    static void startHdfs() throws IOException {
        Configuration conf = new Configuration();
        conf.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, disk.resolve("hdfs").toString());
        // these two log through log4j 1, which is not here
        conf.set("dfs.namenode.metrics.logger.period.seconds", "0");
        conf.set("dfs.datanode.metrics.logger.period.seconds", "0");
        hdfs = new MiniDFSCluster.Builder(conf).numDataNodes(1).build();
        hdfs.waitActive();
    }

    @AfterAll
    static void stopHdfs() {
        hdfs.close();
    }

    private static Process run(String root, String[] networks) throws IOException {
        List<String> command =
                new ArrayList<>(List.of(java.nio.file.Path.of(System.getProperty("java.home"), "bin", "java")
                        .toString()));
        command.add("-Xmx1g");
        // what Spark asks of Java 17, as this JVM was given it
        java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--add-opens"))
                .forEach(command::add);
        command.addAll(List.of(
                "-Djava.io.tmpdir=" + disk,
                "-Dlog4j2.configurationFile=examples-log4j2.properties",
                "-cp",
                System.getProperty("java.class.path"),
                ObjectFeatures.class.getName(),
                "--folder",
                root + "/pictures",
                "--output",
                root + "/out",
                "--page",
                disk.resolve("page.html").toString(),
                "--master",
                "local[2]",
                "--commit",
                String.valueOf(BATCH)));
        command.addAll(List.of(networks));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(disk.resolve("run.log").toFile()))
                .start();
    }

    private static long batches(FileSystem files, String root) throws IOException {
        Path features = new Path(root + "/out/features");
        return files.exists(features)
                ? Arrays.stream(files.listStatus(features))
                        .filter(status -> status.getPath().getName().startsWith("batch="))
                        .count()
                : 0;
    }

    @Test
    void killedHalfWayAndStartedAgainHasEachPictureOnce() throws Exception {
        java.nio.file.Path pictures = disk.resolve("pictures");
        Drawn.pictures(pictures, PICTURES);
        Files.writeString(pictures.resolve("a/broken.jpg"), "no picture");
        FileSystem files = hdfs.getFileSystem();
        String root = hdfs.getURI() + "/shop";
        files.mkdirs(new Path(root));
        files.copyFromLocalFile(new Path(pictures.toUri()), new Path(root + "/pictures"));
        String[] networks = Drawn.networks(disk.resolve("networks"));

        Process first = run(root, networks);
        try {
            await().atMost(Duration.ofSeconds(400))
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> batches(files, root) >= 3 || !first.isAlive());
        } finally {
            first.destroyForcibly(); // SIGKILL
        }
        assertThat(first.waitFor(60, TimeUnit.SECONDS)).isTrue();
        long kept = batches(files, root);
        assertThat(kept)
                .as("killed half-way; the run said:\n%s", Files.readString(disk.resolve("run.log")))
                .isBetween(3L, (long) PICTURES / BATCH - 1);

        Process second = run(root, networks);
        try {
            assertThat(second.waitFor(400, TimeUnit.SECONDS)).isTrue();
        } finally {
            second.destroyForcibly();
        }

        String said = Files.readString(disk.resolve("run.log"));
        assertThat(second.exitValue()).as(said).isZero();
        assertThat(said).contains("of them there already").contains("dog");
        assertThat(batches(files, root)).isGreaterThan(kept);
        try (SparkSession spark = SparkSession.builder()
                .master("local[1]")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.ui.enabled", false)
                .getOrCreate()) {
            Dataset<Row> features = spark.read().parquet(root + "/out/features");
            assertThat(features.select(Pictures.ID).collectAsList())
                    .extracting(row -> row.getString(0))
                    .doesNotHaveDuplicates()
                    .hasSize(PICTURES)
                    .allMatch(id -> id.matches("[ab]/[0-9]+[.]jpg"));
            assertThat(features.filter("class = 'dog'").count()).isEqualTo(PICTURES / 2);
            assertThat(features.filter("code is null or size(features) != " + Drawn.FEATURES)
                            .count())
                    .isZero();
            assertThat(spark.read().parquet(root + "/out/rejected").count()).isEqualTo(1);
        }
        try (Stream<java.nio.file.Path> left = Files.list(disk)) {
            assertThat(left.map(file -> file.getFileName().toString())).contains("page.html");
        }
    }
}
