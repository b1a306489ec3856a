package io.tfcluster.examples.objectfeatures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.security.PrivilegedExceptionAction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.hdfs.protocol.HdfsConstants;
import org.apache.hadoop.security.UserGroupInformation;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The pictures and the output are on an HDFS, which fills up or cannot be written to; and runs that are killed. */
@Timeout(1000)
class HdfsTest {

    /** Enough that a run is not through before something happens to it. */
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

    private static List<String> arguments(String root, String[] networks, int batch) {
        List<String> arguments = new ArrayList<>(List.of(
                "--folder",
                root + "/pictures",
                "--output",
                root + "/out",
                "--page",
                disk.resolve("page.html").toString(),
                "--master",
                "local[2]",
                "--commit",
                String.valueOf(batch)));
        arguments.addAll(List.of(networks));
        return arguments;
    }

    private static Process start(java.nio.file.Path log, List<String> arguments) throws IOException {
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
                ObjectFeatures.class.getName()));
        command.addAll(arguments);
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
    }

    /** Runs the command in this JVM, and returns what it says of what is wrong. */
    private static String said(int code, List<String> arguments) {
        StringWriter err = new StringWriter();
        int ended = ObjectFeatures.run(
                arguments.toArray(new String[0]), new PrintWriter(new StringWriter()), new PrintWriter(err));
        assertThat(ended).as(err.toString()).isEqualTo(code);
        return err.toString();
    }

    private static String upload(String name) throws IOException {
        java.nio.file.Path pictures = disk.resolve(name);
        Drawn.pictures(pictures, PICTURES);
        Files.writeString(pictures.resolve("a/broken.jpg"), "no picture");
        String root = hdfs.getURI() + "/" + name;
        hdfs.getFileSystem().mkdirs(new Path(root));
        hdfs.getFileSystem().copyFromLocalFile(new Path(pictures.toUri()), new Path(root + "/pictures"));
        return root;
    }

    private static void awaitBatches(String root, int number, Process run) {
        await().atMost(Duration.ofSeconds(400))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> batches(hdfs.getFileSystem(), root) >= number || !run.isAlive());
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
        String root = upload("shop");
        FileSystem files = hdfs.getFileSystem();
        String[] networks = Drawn.networks(disk.resolve("networks"));
        List<String> arguments = arguments(root, networks, BATCH);
        java.nio.file.Path log = disk.resolve("run.log");

        Process first = start(log, arguments);
        try {
            awaitBatches(root, 3, first);
        } finally {
            first.destroyForcibly(); // SIGKILL
        }
        assertThat(first.waitFor(60, TimeUnit.SECONDS)).isTrue();
        long kept = batches(files, root);
        assertThat(kept)
                .as("killed half-way; the run said:\n%s", Files.readString(log))
                .isBetween(3L, (long) PICTURES / BATCH - 1);

        Process second = start(log, arguments);
        try {
            assertThat(second.waitFor(400, TimeUnit.SECONDS)).isTrue();
        } finally {
            second.destroyForcibly();
        }

        String said = Files.readString(log);
        assertThat(second.exitValue()).as(said).isZero();
        assertThat(said).contains("of them there already").contains("dog");
        assertThat(batches(files, root)).isGreaterThan(kept);
        checkEachOnce(root);
        try (Stream<java.nio.file.Path> left = Files.list(disk)) {
            assertThat(left.map(file -> file.getFileName().toString())).contains("page.html");
        }
    }

    private static void checkEachOnce(String root) {
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
    }

    @Test
    void outputThatIsFullOrReadOnlyIsOneLineAndTheNextRunGoesOn() throws Exception {
        String root = upload("stall");
        DistributedFileSystem files = hdfs.getFileSystem();
        Path out = new Path(root + "/out");
        String[] networks = Drawn.networks(disk.resolve("networks"));
        List<String> arguments = arguments(root, networks, BATCH);
        java.nio.file.Path log = disk.resolve("full.log");

        Process full = start(log, arguments);
        try {
            awaitBatches(root, 2, full);
            files.setQuota(out, HdfsConstants.QUOTA_DONT_SET, 1);
            assertThat(full.waitFor(120, TimeUnit.SECONDS))
                    .as("the run ends without room")
                    .isTrue();
        } finally {
            full.destroyForcibly();
        }

        String said = Files.readString(log);
        assertThat(full.exitValue()).as(said).isEqualTo(1);
        assertThat(said.lines().filter(line -> line.startsWith("objectfeatures: ")))
                .as(said)
                .singleElement(STRING)
                .contains("quota of /stall/out is exceeded", "Make room for " + root + "/out", "start again");
        assertThat(said).doesNotContain("\tat ", "Exception");
        long kept = batches(files, root);
        assertThat(kept).as(said).isBetween(2L, (long) PICTURES / BATCH - 1);
        files.setQuota(out, HdfsConstants.QUOTA_DONT_SET, HdfsConstants.QUOTA_RESET);

        files.setSafeMode(HdfsConstants.SafeModeAction.SAFEMODE_ENTER);
        try {
            assertThat(said(1, arguments))
                    .contains("cannot write to --output " + root + "/out", "safe mode", "Wait until")
                    .hasLineCount(1);
        } finally {
            files.setSafeMode(HdfsConstants.SafeModeAction.SAFEMODE_LEAVE);
        }
        String forbidden = UserGroupInformation.createRemoteUser("visitor")
                .doAs((PrivilegedExceptionAction<String>) () -> said(1, arguments));
        assertThat(forbidden)
                .contains("Permission denied", "visitor", "Let this user write to " + root + "/out")
                .hasLineCount(1);
        assertThat(batches(files, root)).isEqualTo(kept);

        assertThat(said(0, arguments(root, networks, PICTURES))).isEmpty();
        assertThat(batches(files, root)).isGreaterThan(kept);
        checkEachOnce(root);
    }
}
