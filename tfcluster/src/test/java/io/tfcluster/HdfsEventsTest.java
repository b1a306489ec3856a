package io.tfcluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tfcluster.training.SummaryWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Event files on a file system that is not the local one: an HDFS of one data node in this JVM, on the loopback. */
@Timeout(120)
final class HdfsEventsTest {
    @TempDir
    private static Path disk;

    private static MiniDFSCluster hdfs;
    private static String root;

    @TempDir
    private Path folder;

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

    private HadoopSummaryStore store() throws IOException {
        return new HadoopSummaryStore(
                root, Files.createDirectories(folder.resolve("node")).toString());
    }

    private static List<FileStatus> remote(String directory) throws IOException {
        FileSystem fs = hdfs.getFileSystem();
        return List.of(fs.listStatus(new org.apache.hadoop.fs.Path(directory)));
    }

    private static List<Path> local(Path below) throws IOException {
        if (!Files.exists(below)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(below)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    @Test
    void aWritersFileIsReplacedAsAWholeAndNothingElseStays() throws Exception {
        String directory = root + "/logs/replaced/train";
        try (SummaryWriter writer = SummaryWriter.open(directory, store())) {
            writer.scalar("loss", 1, 0.5);
            writer.flush();
            long first = remote(directory).get(0).getLen();
            writer.scalar("loss", 2, 0.25);
            writer.flush();

            assertThat(remote(directory)).hasSize(1);
            assertThat(remote(directory).get(0).getLen()).isGreaterThan(first);
            assertThat(remote(directory).get(0).getPath().getName()).startsWith("events.out.tfevents.");
        }
        assertThat(local(folder.resolve("node"))).isEmpty();
    }

    @Test
    void aCopyThatFailsLeavesNothingBeside() throws Exception {
        Path file = Files.write(folder.resolve("file"), new byte[10]);

        hdfs.getFileSystem().mkdirs(new org.apache.hadoop.fs.Path("/logs/failed/taken/below"));
        assertThatThrownBy(() -> store().copy(file, 10, root + "/logs/failed", "taken"))
                .isInstanceOf(IOException.class);
        assertThat(remote(root + "/logs/failed"))
                .extracting(status -> status.getPath().getName())
                .containsExactly("taken");

        store().copy(file, 4, root + "/logs/other", "x");
        assertThat(remote(root + "/logs/other")).extracting(FileStatus::getLen).containsExactly(4L);
    }

    @Test
    void tensorboardSeesALocalFolderThatFollows() throws Exception {
        Path bin = Files.createDirectories(folder.resolve("bin"));
        Path program = Files.writeString(
                bin.resolve("tensorboard"),
                "#!/bin/sh\necho \"$2\" > " + folder.resolve("logdir") + "\nexec sleep 600\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        String directory = root + "/logs/followed";
        Path node = Files.createDirectories(folder.resolve("node"));
        Map<String, String> environment = Map.of("TENSORBOARD_PROGRAM", program.toString(), "PATH", "/bin:/usr/bin");
        try (TensorBoardProcess board = TensorBoardProcess.start("127.0.0.1", directory, root, node, environment);
                SummaryWriter train = SummaryWriter.open(directory + "/train", store())) {
            assertThat(board.url()).startsWith("http://127.0.0.1:");
            await().until(() -> Files.exists(folder.resolve("logdir"))
                    && !Files.readString(folder.resolve("logdir")).isBlank());
            Path seen = Path.of(Files.readString(folder.resolve("logdir")).trim());
            assertThat(seen).isEqualTo(node.resolve("tensorboard"));
            for (int step = 1; step <= 2; step++) { // a new file, then one that has grown
                train.scalar("loss", step, 0.5);
                train.flush();
                await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
                    assertThat(local(seen)).hasSize(1);
                    assertThat(local(seen).get(0).getParent()).isEqualTo(seen.resolve("train"));
                    assertThat(Files.size(local(seen).get(0)))
                            .isEqualTo(remote(directory + "/train").get(0).getLen());
                });
            }
        }
    }
}
