package io.tfcluster;

import io.tfcluster.transport.TlsSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.apache.spark.SparkConf;
import org.jspecify.annotations.Nullable;

/**
 * TLS of control connections, feeds and rings, as Spark's own settings ask for it: {@code spark.ssl.tfcluster.*}, falling back to {@code
 * spark.ssl.*}.
 *
 * <p>Who listens shows the certificate of its key store, who connects checks it with the trust store; both are files at the same path on
 * every host, as Spark's security page has it. Feeds and rings cost what they cost: {@code spark.ssl.tfcluster.data=false} leaves them in
 * the clear, and then only the driver needs the key store. Passwords travel where the cluster secret does.
 *
 * @param data whether feeds over TCP and rings are encrypted as well
 */
record TlsSettings(
        String protocol,
        String keyStore,
        String keyStoreType,
        String keyStorePassword,
        String keyPassword,
        String trustStore,
        String trustStoreType,
        String trustStorePassword,
        boolean data)
        implements TlsSource {
    private static final String OWN = "spark.ssl.tfcluster.";
    private static final String ALL = "spark.ssl.";

    /**
     * Reads the settings.
     *
     * @return empty unless TLS is enabled
     * @throws IllegalArgumentException if it is, but a store or password is missing
     */
    static Optional<TlsSettings> of(SparkConf conf) {
        if (!Boolean.parseBoolean(read(conf, "enabled", "false"))) {
            return Optional.empty();
        }
        String keyStorePassword = read(conf, "keyStorePassword", null);
        return Optional.of(new TlsSettings(
                read(conf, "protocol", "TLS"),
                read(conf, "keyStore", null),
                read(conf, "keyStoreType", KeyStore.getDefaultType()),
                keyStorePassword,
                read(conf, "keyPassword", keyStorePassword),
                read(conf, "trustStore", null),
                read(conf, "trustStoreType", KeyStore.getDefaultType()),
                read(conf, "trustStorePassword", null),
                Boolean.parseBoolean(read(conf, "data", "true"))));
    }

    private static String read(SparkConf conf, String key, @Nullable String otherwise) {
        String value = conf.getOption(OWN + key)
                .getOrElse(() -> conf.getOption(ALL + key).getOrElse(() -> otherwise));
        if (value == null) {
            throw new IllegalArgumentException(ALL + "enabled is true but " + ALL + key + " is not set; set it, or "
                    + OWN + "enabled=false to go without TLS");
        }
        return value;
    }

    /** Returns the driver's side of control connections. */
    SSLContext server() {
        return context(keys(), null);
    }

    /** Returns what connects and listens, for nodes among themselves. */
    SSLContext peer() {
        return context(keys(), trust());
    }

    /** Returns the side that connects. */
    @Override
    public Optional<SSLContext> client() {
        return Optional.of(context(null, trust()));
    }

    private SSLContext context(KeyManager @Nullable [] keys, TrustManager @Nullable [] trust) {
        try {
            SSLContext context = SSLContext.getInstance(protocol);
            context.init(keys, trust, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("cannot use TLS protocol \"" + protocol + "\": " + e.getMessage(), e);
        }
    }

    private KeyManager[] keys() {
        try {
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store(keyStore, keyStoreType, keyStorePassword), keyPassword.toCharArray());
            return keys.getKeyManagers();
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(
                    "cannot use the key store " + keyStore + " for TLS: " + e.getMessage(), e);
        }
    }

    private TrustManager[] trust() {
        try {
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store(trustStore, trustStoreType, trustStorePassword));
            return trust.getTrustManagers();
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(
                    "cannot use the trust store " + trustStore + " for TLS: " + e.getMessage(), e);
        }
    }

    private static KeyStore store(String file, String type, String password) throws GeneralSecurityException {
        try (InputStream in = Files.newInputStream(Path.of(file))) {
            KeyStore store = KeyStore.getInstance(type);
            store.load(in, password.toCharArray());
            return store;
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "cannot read the store " + file + " for TLS: " + e.getMessage()
                            + ". Every host needs it at this path.",
                    e);
        }
    }

    @Override
    public String toString() {
        return "TlsSettings[" + protocol + ", " + keyStore + ", " + trustStore + "]"; // never the passwords
    }
}
