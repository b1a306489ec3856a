package io.tfcluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.apache.spark.SparkConf;
import org.jspecify.annotations.Nullable;

/**
 * TLS of the control connections, as Spark's own settings ask for it: {@code spark.ssl.tfcluster.*}, falling back to {@code spark.ssl.*}.
 *
 * <p>The driver shows the certificate of its key store, executors and nodes check it with the trust store, a file at the same path on every
 * host, as Spark's security page has it. Passwords travel where the cluster secret does.
 */
record TlsSettings(
        String protocol,
        String keyStore,
        String keyStoreType,
        String keyStorePassword,
        String keyPassword,
        String trustStore,
        String trustStoreType,
        String trustStorePassword)
        implements Serializable {
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
                read(conf, "trustStorePassword", null)));
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

    /** Returns the driver's side. */
    SSLContext server() {
        try {
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store(keyStore, keyStoreType, keyStorePassword), keyPassword.toCharArray());
            SSLContext context = SSLContext.getInstance(protocol);
            context.init(keys.getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(
                    "cannot use the key store " + keyStore + " for TLS: " + e.getMessage(), e);
        }
    }

    /** Returns the side of executors and nodes. */
    SSLContext client() {
        try {
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store(trustStore, trustStoreType, trustStorePassword));
            SSLContext context = SSLContext.getInstance(protocol);
            context.init(null, trust.getTrustManagers(), null);
            return context;
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
            throw new IllegalArgumentException("cannot read the store " + file + " for TLS: " + e.getMessage(), e);
        }
    }

    @Override
    public String toString() {
        return "TlsSettings[" + protocol + ", " + keyStore + ", " + trustStore + "]"; // never the passwords
    }
}
