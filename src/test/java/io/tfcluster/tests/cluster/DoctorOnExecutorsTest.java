package io.tfcluster.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfcluster.CheckOptions;
import io.tfcluster.ClusterConfig;
import io.tfcluster.Diagnosis;
import io.tfcluster.FeedInput;
import io.tfcluster.Finding;
import io.tfcluster.Finding.Level;
import io.tfcluster.TFCluster;
import io.tfcluster.tests.harness.Leftovers;
import io.tfcluster.tests.harness.LocalSpark;
import io.tfcluster.training.ModelBuilder;
import io.tfcluster.training.ModelSpec;
import io.tfcluster.training.Optimizer;
import io.tfcluster.training.TrainerConfig;
import io.tfcluster.transport.PortRange;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the doctor sees on real executor JVMs, with all well and with everything wrong. */
@Timeout(600)
final class DoctorOnExecutorsTest {
    private static final TrainerConfig TRAINER =
            TrainerConfig.builder(Optimizer.sgd(0.1)).batchSize(16).build();

    @TempDir
    Path folder;

    private static List<String> found(Diagnosis diagnosis, Level level, String topic) {
        return diagnosis.findings().stream()
                .filter(finding -> finding.level() == level && finding.topic().equals(topic))
                .map(finding -> finding.where() + ": " + finding.found())
                .toList();
    }

    @Test
    void aHealthyClusterIsFineAndWhatIsWrongIsFoundWhereItIs() throws IOException {
        try (LocalSpark spark = LocalSpark.cluster(2, 1)) {
            Leftovers.Snapshot before = Leftovers.snapshot();

            healthy(spark);
            allWrong(spark);
            aModelThatThrows(spark);

            Leftovers.assertNothingLeftSince(before);
        }
    }

    private void healthy(LocalSpark spark) {
        Path shared = folder.resolve("models/new");
        CheckOptions options = CheckOptions.none()
                .path(shared.toString())
                .everywhere("licence", () -> "is there", "buy one")
                .model(
                        Linear::model,
                        TRAINER,
                        FeedInput.of(Linear.points(spark.context(), 100, 2), Linear.trainEncoder()));

        Diagnosis diagnosis = TFCluster.check(spark.session(), Linear.config(2).build(), options);

        assertThat(diagnosis.wouldFail()).as(diagnosis.toString()).isFalse();
        assertThat(found(diagnosis, Level.OK, "driver's server"))
                .as("both executors shake hands")
                .anyMatch(text -> text.contains("executor 0: "))
                .anyMatch(text -> text.contains("executor 1: "));
        assertThat(found(diagnosis, Level.OK, "file systems"))
                .as("driver and executors")
                .hasSize(3);
        assertThat(found(diagnosis, Level.OK, "licence")).hasSize(3);
        assertThat(found(diagnosis, Level.OK, "TensorFlow"))
                .as("one process for the host")
                .singleElement()
                .asString()
                .contains("TensorFlow 2.", "oneDNN on");
        assertThat(found(diagnosis, Level.OK, "model"))
                .singleElement()
                .asString()
                .contains("16 rows", "loss");
        assertThat(folder.resolve("models")).doesNotExist();
    }

    private void allWrong(LocalSpark spark) throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            PortRange port = new PortRange(taken.getLocalPort(), taken.getLocalPort());
            ClusterConfig config = Linear.config(5)
                    .nodePorts(port)
                    .serverPorts(port)
                    .jvmOptions("-XX:NoSuchOption")
                    .build();
            CheckOptions options = CheckOptions.none()
                    .path(file + "/below")
                    .everywhere(
                            "licence",
                            () -> {
                                throw new IllegalStateException("expired in 1999");
                            },
                            "buy one");

            Diagnosis diagnosis = TFCluster.check(spark.session(), config, options);

            assertThat(diagnosis.wouldFail()).isTrue();
            assertThat(found(diagnosis, Level.WOULD_FAIL, "slots"))
                    .hasSize(1)
                    .allMatch(text -> text.contains("5 slots"));
            assertThat(found(diagnosis, Level.WOULD_FAIL, "file systems")).hasSize(3);
            assertThat(found(diagnosis, Level.WOULD_FAIL, "licence"))
                    .hasSize(3)
                    .allMatch(text -> text.contains("expired in 1999"));
            assertThat(found(diagnosis, Level.WOULD_FAIL, "driver's server"))
                    .singleElement()
                    .asString()
                    .contains("no free port");
            assertThat(found(diagnosis, Level.WOULD_FAIL, "ports"))
                    .singleElement()
                    .asString()
                    .contains("only 0 of the 15 ports");
            assertThat(found(diagnosis, Level.WOULD_FAIL, "node's process"))
                    .singleElement()
                    .asString()
                    .contains("exited with code 1");
        }
    }

    static ModelSpec broken(ModelBuilder model) {
        if (model.training()) {
            throw new IllegalStateException("this model was never finished");
        }
        return Linear.model(model);
    }

    private static void aModelThatThrows(LocalSpark spark) {
        CheckOptions options = CheckOptions.none()
                .model(
                        DoctorOnExecutorsTest::broken,
                        TRAINER,
                        FeedInput.of(Linear.points(spark.context(), 100, 2), Linear.trainEncoder()));

        Diagnosis diagnosis = TFCluster.check(spark.session(), Linear.config(2).build(), options);

        assertThat(diagnosis.findings().stream().filter(finding -> finding.level() == Level.WOULD_FAIL))
                .as(diagnosis.toString())
                .singleElement()
                .extracting(Finding::found)
                .asString()
                .contains("this model was never finished");
    }

    @Test
    void anOldProtobufOnTheExecutorsBreaksTheNodesAndIsNamed() throws IOException {
        Path jar = folder.resolve("shaded-0.1.jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            out.putNextEntry(new JarEntry("com/google/protobuf/Message.class"));
            out.putNextEntry(new JarEntry("META-INF/maven/com.google.protobuf/protobuf-java/pom.properties"));
            out.write("version=2.5.0\n".getBytes(StandardCharsets.UTF_8));
        }
        Map<String, String> conf = Map.of("spark.executor.extraClassPath", jar + File.pathSeparator + classPath());
        ClusterConfig config = Linear.config(1).build();
        try (LocalSpark spark = LocalSpark.cluster(1, 1, conf)) {
            Diagnosis diagnosis = TFCluster.check(spark.session(), config);

            assertThat(found(diagnosis, Level.WARNING, "class path"))
                    .as(diagnosis.toString())
                    .anyMatch(text -> text.contains("executor 0") && text.contains("protobuf 2.5.0 comes first"));
            assertThat(found(diagnosis, Level.WOULD_FAIL, "class path"))
                    .anyMatch(text -> text.contains("node") && text.contains(jar.toString()));
            assertThat(found(diagnosis, Level.WOULD_FAIL, "TensorFlow"))
                    .as("the process could not use it either, and said so")
                    .hasSize(1);
        }
    }

    private static String classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.isEmpty())
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }
}
