package io.tfcluster.reservation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tfcluster.transport.ChannelException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class TlsTest {
    @TempDir
    static Path folder;

    static SSLContext ours;
    static SSLContext other;

    @BeforeAll
    static void makeKeys() throws Exception {
        ours = context("ours");
        other = context("other");
    }

    private static SSLContext context(String name) throws Exception {
        Path file = folder.resolve(name + ".p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        name,
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=" + name,
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        "changeit")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(name + ".log").toFile())
                .start();
        assertThat(keytool.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(keytool.exitValue())
                .as(Files.readString(folder.resolve(name + ".log")))
                .isZero();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, "changeit".toCharArray());
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, "changeit".toCharArray());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    private static ReservationClient connect(Rig rig, Optional<SSLContext> tls) {
        return ReservationClient.connect(
                rig.server.address(), rig.secret, "flowers", 3, new NodeId(0, 0), tls, Duration.ofSeconds(5));
    }

    @Test
    void everythingWorksEncrypted() {
        try (Rig rig = new Rig(1, options -> options.tls(ours));
                ReservationClient node = connect(rig, Optional.of(ours))) {
            node.register(Rig.info(0, 2000));

            assertThat(node.awaitCluster(Rig.TIMEOUT).spec().size()).isEqualTo(1);
            node.farewell(Map.of("a", "b"));
            assertThat(rig.server.farewells()).containsKey(0);
        }
    }

    @Test
    void bothOrNeitherMustUseTls() {
        try (Rig plain = new Rig(1);
                Rig encrypted = new Rig(1, options -> options.tls(ours))) {
            assertThatThrownBy(() -> connect(encrypted, Optional.empty())).isInstanceOf(ChannelException.class);
            assertThatThrownBy(() -> connect(plain, Optional.of(ours))).isInstanceOf(ChannelException.class);
            await().untilAsserted(() -> assertThat(encrypted.server.rejected()).isEqualTo(1));
            await().untilAsserted(() -> assertThat(plain.server.rejected()).isEqualTo(1));
        }
    }

    @Test
    void strangersCertificateIsRefusedByTheClient() {
        try (Rig rig = new Rig(1, options -> options.tls(other))) {
            assertThatThrownBy(() -> connect(rig, Optional.of(ours)))
                    .isInstanceOf(ChannelException.class)
                    .hasMessageContaining("handshake failed");
        }
    }
}
