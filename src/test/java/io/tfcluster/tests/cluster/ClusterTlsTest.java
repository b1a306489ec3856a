package io.tfcluster.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.ClusterListener;
import io.tfcluster.TFCluster;
import io.tfcluster.reservation.NodeInfo;
import io.tfcluster.tests.harness.LocalSpark;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Everything that goes over the network under TLS, with the stores that Spark's own settings name. */
final class ClusterTlsTest {
    private static final String PASSWORD = "correct horse";

    @TempDir
    Path folder;

    @Test
    void nodesRegisterOverTlsAndAWrongTrustStoreKeepsThemOut() throws Exception {
        Path keys = store("keys", "CN=driver", null);
        Path trust = store("trust", null, keys);
        Path strangers = store("strangers", "CN=stranger", null);
        Set<String> addresses = ConcurrentHashMap.newKeySet();
        ClusterListener listener = new ClusterListener() {
            @Override
            public void joined(NodeInfo node) {
                addresses.add(node.endpoints().get("ring"));
                addresses.add(node.endpoints().get("feed.tcp"));
            }
        };
        try (LocalSpark spark = LocalSpark.cluster(2, 1, settings(keys, trust));
                TFCluster cluster = TFCluster.run(
                        spark.session(),
                        Linear::main,
                        "",
                        Linear.config(2).listener(listener).build())) {
            assertThat(cluster.train(Linear.points(spark.context(), 50, 1), Linear.trainEncoder(), 1))
                    .hasSize(1);
            assertThat(addresses)
                    .hasSize(4)
                    .allSatisfy(address -> assertThat(shownBy(address, trust)).isEqualTo("CN=driver"));
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

    /** Returns whose certificate a port shows, to somebody who trusts ours only. */
    private static String shownBy(String address, Path trust) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(trust)) {
            store.load(in, PASSWORD.toCharArray());
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        int colon = address.lastIndexOf(':');
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory()
                .createSocket(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)))) {
            socket.setSoTimeout(20_000);
            socket.startHandshake();
            return socket.getSession().getPeerPrincipal().getName();
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
