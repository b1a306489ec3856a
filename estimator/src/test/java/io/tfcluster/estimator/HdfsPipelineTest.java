package io.tfcluster.estimator;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageIO;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.types.TFloat32;

/** A pipeline that has nothing on this host's disk: its network, export, checkpoints and the saved pipeline are on HDFS. */
@Timeout(400)
class HdfsPipelineTest {
    @RegisterExtension
    static final EstimatorSpark SPARK = new EstimatorSpark(2);

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

    /** Pictures of three colours, each a little different, with the number of the colour. */
    private static Dataset<Row> pictures() throws IOException {
        Random random = new Random(5);
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < 90; i++) {
            int shift = 8 * (i % 3);
            BufferedImage image = new BufferedImage(10, 10, BufferedImage.TYPE_INT_RGB);
            int color = (150 + random.nextInt(100)) << shift | random.nextInt(40) << (shift + 8) % 24;
            for (int at = 0; at < 100; at++) {
                image.setRGB(at % 10, at / 10, color);
            }
            ByteArrayOutputStream png = new ByteArrayOutputStream();
            ImageIO.write(image, "png", png);
            rows.add(RowFactory.create(png.toByteArray(), (double) (i % 3)));
        }
        StructType schema = new StructType().add("image", DataTypes.BinaryType).add("label", DataTypes.DoubleType);
        return SPARK.session().createDataFrame(rows, schema).coalesce(2);
    }

    @Test
    void aPipelineIsFittedExportedSavedAndReadAgain() throws IOException {
        FileSystem files = hdfs.getFileSystem();
        String root = hdfs.getURI() + "/flowers";
        java.nio.file.Path graph = TestGraphs.write(
                disk.resolve("mean.pb"),
                tf -> tf.withName("mean")
                        .math
                        .mean(TestGraphs.in(tf, "pictures", TFloat32.class, -1, 4, 4, 3), tf.constant(new int[] {1, 2
                        })));
        files.copyFromLocalFile(new Path(graph.toUri()), new Path(root + "/mean.pb"));
        Files.delete(graph);
        ImageFeaturizer featurizer = new ImageFeaturizer()
                .setFrozenGraph(root + "/mean.pb")
                .setOutputTensor("mean")
                .setPixelRange(-1, 1);
        TFEstimator head = Clouds.estimator()
                .setInputMapping(Map.of("features", "x", "label", "label"))
                .setInputShapes(Map.of("x", "3"))
                .setPredictionCol("prediction")
                .setEpochs(8)
                .setBatchSize(10)
                .setLearningRate(0.05)
                .setModelDir(root + "/run")
                .setCheckpointEvery("4 epochs")
                .setExportDir(root + "/export");

        PipelineModel model =
                new Pipeline().setStages(new PipelineStage[] {featurizer, head}).fit(pictures());
        model.save(root + "/pipeline");
        files.delete(new Path(root + "/export"), true); // a saved pipeline has all it needs but the network
        PipelineModel loaded = PipelineModel.load(root + "/pipeline");
        Dataset<Row> answers = loaded.transform(pictures());

        assertThat(answers.filter("prediction = label").count()).isGreaterThan(85);
        TFModel learned = (TFModel) loaded.stages()[1];
        assertThat(learned.getExportDir()).startsWith(root + "/pipeline/stages/1_");
        assertThat(learned.provenance().orElseThrow().rows()).isEqualTo(90);
        assertThat(files.exists(new Path(root + "/run/ckpt-72")))
                .as("9 steps in each of 8 epochs")
                .isTrue();
        assertThat(learned.setIsolation("child")
                        .transform(loaded.stages()[0].transform(pictures()))
                        .filter("prediction = label")
                        .count())
                .as("a child reads the executor's copy")
                .isGreaterThan(85);
    }
}
