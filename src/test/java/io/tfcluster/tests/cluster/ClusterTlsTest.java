package io.tfcluster.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.TFCluster;
import io.tfcluster.tests.harness.LocalSpark;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Control connections under TLS, with the stores that Spark's own settings name. */
final class ClusterTlsTest {
    private static final String PASSWORD = "correct horse";

    @TempDir
    Path folder;

    @Test
    void nodesRegisterOverTlsAndAWrongTrustStoreKeepsThemOut() throws Exception {
        Path keys = store("keys", "CN=driver", null);
        Path trust = store("trust", null, keys);
        Path strangers = store("strangers", "CN=stranger", null);
        try (LocalSpark spark = LocalSpark.cluster(1, 1, settings(keys, trust));
                TFCluster cluster = TFCluster.run(
                        spark.session(), Mains::consumes, "", Linear.config(1).build())) {
            assertThat(cluster.train(Linear.points(spark.context(), 50, 1), Linear.trainEncoder(), 1))
                    .hasSize(1);
            cluster.shutdown();
        }
        try (LocalSpark spark = LocalSpark.cluster(1, 1, settings(keys, strangers))) {
            assertThatThrownBy(() -> TFCluster.run(
                            spark.session(),
                            Mains::consumes,
                            "",
                            Linear.config(1).build()))
                    .hasMessageContaining("launching tasks failed");
        }
    }

    private static Map<String, String> settings(Path keys, Path trust) {
        Map<String, String> conf = new TreeMap<>();
        conf.put("spark.ssl.tfcluster.enabled", "true");
        conf.put("spark.ssl.tfcluster.keyStore", keys.toString());
        conf.put("spark.ssl.tfcluster.keyStorePassword", PASSWORD);
        conf.put("spark.ssl.tfcluster.trustStore", trust.toString());
        conf.put("spark.ssl.tfcluster.trustStorePassword", PASSWORD);
        conf.put("spark.task.maxFailures", "1");
        return conf;
    }

    /** Makes a store with a key of its own, or with the certificate of another. */
    private Path store(String name, String owner, Path certificateOf) throws Exception {
        Path file = folder.resolve(name + ".p12");
        if (owner != null) {
            keytool(
                    "-genkeypair",
                    "-keyalg",
                    "EC",
                    "-alias",
                    "key",
                    "-dname",
                    owner,
                    "-validity",
                    "2",
                    "-keystore",
                    file);
        } else {
            Path certificate = folder.resolve(name + ".cer");
            keytool("-exportcert", "-alias", "key", "-file", certificate, "-keystore", certificateOf);
            keytool("-importcert", "-noprompt", "-alias", "key", "-file", certificate, "-keystore", file);
        }
        return file;
    }

    private static void keytool(Object... arguments) throws Exception {
        List<String> command = new java.util.ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        command.addAll(List.of("-storetype", "PKCS12", "-storepass", PASSWORD));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), "UTF-8");
        assertThat(process.waitFor()).as(output).isZero();
    }
}
