package io.tfcluster.tools;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.MongoTimeoutException;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import io.tfcluster.HostCheck;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bson.Document;

/**
 * Whether MongoDB answers a ping, with the URI's user, TLS and replica set, from wherever this runs.
 *
 * <p>It speaks through MongoDB's own driver, because that is what the mongo-spark-connector will use on the executors: that the driver is
 * there, and that it accepts the URI, is half of the question. tfcluster itself does not know MongoDB; so this lies with the tools, and the
 * driver is optional there.
 *
 * <pre>{@code
 * CheckOptions options = CheckOptions.none().everywhere("MongoDB", new MongoCheck(uri), MongoCheck.ADVICE);
 * }</pre>
 */
public final class MongoCheck implements HostCheck {
    /** What to do when it fails. */
    public static final String ADVICE =
            "start MongoDB, look at the URI and at firewalls; executors need mongodb-driver-sync, as the connector does";

    private static final long serialVersionUID = 1L;
    private static final int LIMIT_SECONDS = 5;
    private static final Pattern CAUSE = Pattern.compile("caused by \\{([^{}]*)}");

    private final String uri;

    /**
     * Makes a check.
     *
     * @param uri {@code mongodb://…} or {@code mongodb+srv://…}; it may hold a password and is never shown
     */
    public MongoCheck(String uri) {
        this.uri = uri;
    }

    /** The driver's own text on a timeout is a page, of which one line is kept. */
    @Override
    @SuppressWarnings("UnusedException")
    public String run() {
        ConnectionString address = address();
        List<String> hosts = address.getHosts();
        MongoClientSettings settings = MongoClientSettings.builder()
                .applyConnectionString(address)
                .applyToClusterSettings(cluster -> cluster.serverSelectionTimeout(LIMIT_SECONDS, TimeUnit.SECONDS))
                .applyToSocketSettings(socket -> socket.connectTimeout(LIMIT_SECONDS, TimeUnit.SECONDS)
                        .readTimeout(LIMIT_SECONDS, TimeUnit.SECONDS))
                .build();
        String database = address.getDatabase();
        try (MongoClient client = MongoClients.create(settings)) {
            client.getDatabase(database == null ? "admin" : database).runCommand(new Document("ping", 1));
            return String.join(", ", hosts) + " answers";
        } catch (MongoTimeoutException e) {
            String cause = "";
            for (Matcher matcher = CAUSE.matcher(String.valueOf(e.getMessage())); matcher.find(); ) {
                cause = ": " + matcher.group(1);
            }
            throw new IllegalStateException(
                    String.join(", ", hosts) + " did not answer within " + LIMIT_SECONDS + " s" + cause);
        }
    }

    /** The driver's own text might quote the URI. */
    @SuppressWarnings("UnusedException")
    private ConnectionString address() {
        try {
            return new ConnectionString(uri);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "the URI is not one of MongoDB's; it begins with mongodb:// or mongodb+srv:// and names a host");
        }
    }

    @Override
    public String toString() {
        return "MongoCheck"; // never the URI
    }
}
