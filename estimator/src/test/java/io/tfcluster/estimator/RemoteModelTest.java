package io.tfcluster.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.SerializableConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class RemoteModelTest {
    @RegisterExtension
    static final ModelSpark SPARK = new ModelSpark();

    @TempDir
    Path folder;

    /** A Hadoop file system that is not the local one for those who look at its scheme. */
    private Configuration conf() {
        Configuration conf = SPARK.session().sparkContext().hadoopConfiguration();
        conf.set("fs.viewfs.mounttable.there.link./data", folder.toUri().toString());
        conf.setBoolean("fs.viewfs.impl.disable.cache", true);
        return conf;
    }

    private void savedModel() throws IOException {
        Path model = ModelSpark.data("savedmodels/serving_half_plus_two_cpu");
        org.junit.jupiter.api.Assumptions.assumeTrue(
                Files.isDirectory(model), "skipped: ../shared/data/savedmodels is not beside this checkout");
        Path copy = folder.resolve("remote");
        for (String name : List.of(
                "saved_model.pb",
                "assets/foo.txt",
                "variables/variables.index",
                "variables/variables.data-00000-of-00001")) {
            Files.createDirectories(copy.resolve(name).getParent());
            Files.copy(model.resolve(name), copy.resolve(name));
        }
    }

    @Test
    void aModelOnAnotherFileSystemIsCopiedOnceAndAnswers() throws IOException {
        savedModel();
        conf();
        TFModel stage = new TFModel().setExportDir("viewfs://there/data/remote");

        var out = stage.transform(SPARK.session().range(0, 6, 1, 3).selectExpr("cast(id as float) as x"));

        assertThat(out.orderBy("x").collectAsList().get(5).<Float>getList(1)).containsExactly(4.5f);
    }

    @Test
    void aCopyHasEveryFileAndGoesWhenItIsClosed() throws IOException {
        Configuration conf = conf();
        savedModel();
        ModelSource source = ModelFiles.savedModel("viewfs://there/data/remote", List.of("serve"), conf);
        Path kept;

        try (LocalCopy copy = LocalCopy.of(source, new TaskFiles(new SerializableConfiguration(conf), null))) {
            kept = copy.path();
            assertThat(kept.resolve("variables/variables.index")).exists();
            assertThat(Files.getPosixFilePermissions(kept.getParent())).hasSize(3); // the owner's
        }

        assertThat(kept.getParent()).doesNotExist();
    }

    @Test
    void aModelOfTheDriversDiskIsSentAlong() throws IOException {
        Path graph = TestGraphs.sums(folder.resolve("g.pb"), 3);
        byte[] bytes = Files.readAllBytes(graph);
        ModelSource source = ModelFiles.frozenGraph(graph.toString(), conf());
        var sent = JavaSparkContext.fromSparkContext(SPARK.session().sparkContext())
                .broadcast(new byte[][] {bytes});
        TaskFiles files = new TaskFiles(new SerializableConfiguration(conf()), sent);

        try (LocalCopy there = LocalCopy.of(source, files)) {
            assertThat(there.path()).isEqualTo(graph);
        }
        Files.delete(graph); // as on another host
        try (LocalCopy copy = LocalCopy.of(source, files)) {
            assertThat(copy.path()).isNotEqualTo(graph).hasBinaryContent(bytes);
        }
    }

    @Test
    void aFileThatChangedSinceTheDriverSawItIsAnError() throws IOException {
        Path graph = TestGraphs.sums(folder.resolve("g.pb"), 3);
        TFModel model = new TFModel().setFrozenGraph(graph.toString()).setOutputMapping(Map.of("sum", "total"));
        var out = model.transform(SPARK.session().range(2).selectExpr("array(1f, 2f, 3f) as x"));

        Files.write(graph, new byte[10]);

        assertThatThrownBy(out::collectAsList).hasStackTraceContaining("has 10 bytes here and had");
    }
}
