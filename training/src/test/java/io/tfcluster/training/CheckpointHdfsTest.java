package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.training.ring.Ring;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.SavedModelBundle;

/** Checkpoints and exports on a file system that TensorFlow cannot write to: an HDFS of one data node in this JVM, on the loopback. */
@Timeout(120)
class CheckpointHdfsTest {
    @TempDir
    private static Path disk;

    private static MiniDFSCluster hdfs;

    @BeforeAll
    static void startHdfs() throws Exception {
        Configuration conf = new Configuration();
        conf.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, disk.toString());
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

    private static CheckpointConfig config(String folder) {
        return CheckpointConfig.in(hdfs.getURI() + folder).resume(true).keep(2);
    }

    private static String[] names(FileSystem files, String folder) throws Exception {
        return Arrays.stream(files.listStatus(new org.apache.hadoop.fs.Path(folder)))
                .map(FileStatus::getPath)
                .map(org.apache.hadoop.fs.Path::getName)
                .toArray(String[]::new);
    }

    @Test
    void trainingIsSavedKeptResumedAndADamagedCheckpointLeftOut() throws Exception {
        FileSystem files = hdfs.getFileSystem();
        float[] expected = new float[0];
        try (Trainer trainer = CheckpointRun.trainer(Ring.single(), config("/runs/one"))) {
            NumberedRows source = CheckpointRun.source(trainer, Ring.single());
            for (int i = 0; i < 4; i++) {
                trainer.fit(source.give(1));
                expected = i == 2 ? Models.variables(trainer) : expected;
            }
        }
        assertThat(names(files, "/runs/one")).containsExactly("checkpoint", "ckpt-3", "ckpt-4");
        assertThat(names(files, "/runs/one/ckpt-4"))
                .contains("variables.index", "variables.data-00000-of-00001", "ledger.json");

        files.mkdirs(new org.apache.hadoop.fs.Path("/runs/one/.ckpt-5-left"));
        try (FSDataOutputStream out = files.create(new org.apache.hadoop.fs.Path("/runs/one/ckpt-4/variables.index"))) {
            out.writeUTF("no index");
        }

        try (Trainer trainer = CheckpointRun.trainer(Ring.single(), config("/runs/one"))) {
            assertThat(trainer.step()).isEqualTo(3);
            assertThat(Models.variables(trainer)).isEqualTo(expected);
            assertThat(trainer.restored().orElseThrow().path()).isEqualTo(hdfs.getURI() + "/runs/one/ckpt-3");
            NumberedRows source = CheckpointRun.source(trainer, Ring.single());
            trainer.fit(source.give(1));
        }
        assertThat(names(files, "/runs/one"))
                .contains("ckpt-4", "ckpt-3", "checkpoint")
                .doesNotContain(".ckpt-5-left")
                .anyMatch(name -> name.startsWith("damaged-ckpt-4-"));
    }

    @Test
    void exportGoesThereWholeAndNothingStaysBeside() throws Exception {
        FileSystem files = hdfs.getFileSystem();
        Path labels = Files.writeString(disk.resolve("labels.txt"), "a\nb\nc\n");
        ExportConfig export = ExportConfig.to(hdfs.getURI() + "/models/one/1").asset("labels.txt", labels);
        try (Trainer trainer = CheckpointRun.trainer(Ring.single(), config("/runs/two"))) {
            trainer.export(export);

            assertThatThrownBy(() -> trainer.export(export)).hasMessageContaining("has something in it");
        }

        assertThat(names(files, "/models/one")).containsExactly("1");
        Path copy = disk.resolve("copy");
        files.copyToLocalFile(
                new org.apache.hadoop.fs.Path("/models/one/1"), new org.apache.hadoop.fs.Path(copy.toString()));
        try (SavedModelBundle bundle = SavedModelBundle.load(copy.toString(), "serve")) {
            assertThat(bundle.function("serving_default").signature().inputNames())
                    .containsExactly("x");
        }
        assertThat(copy.resolve("assets/labels.txt")).hasContent("a\nb\nc\n");
    }

    @Test
    void fileSystemThatIsUnknownIsTold() {
        assertThatThrownBy(() -> CheckpointRun.trainer(Ring.single(), CheckpointConfig.in("nowhere://a/b"))
                        .close())
                .hasMessageContaining("no file system for nowhere://a/b");
    }
}
