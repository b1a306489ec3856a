package io.tfcluster.examples.common;

import de.bwaldvogel.mongo.MongoServer;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;

/**
 * The child process's side of {@link EmbeddedMongo}: serves until the end of its standard input, which comes when the parent closes it
 * or is gone, however it went.
 */
public final class EmbeddedMongoServer {

    /** What the first line begins with, before the port, once it listens. */
    public static final String READY = "READY ";

    static final String FAILED = "FAILED ";

    private EmbeddedMongoServer() {}

    /**
     * Serves until the end of standard input, and ends this JVM.
     *
     * @param args the folder of the data
     * @throws IOException if standard input breaks
     */
    public static void main(String[] args) throws IOException {
        System.exit(serve(Path.of(args[0]), System.out));
    }

    /** Returns the exit code when the parent is done with us. */
    private static int serve(Path folder, PrintStream out) throws IOException {
        MVStore store;
        try {
            Files.createDirectories(folder);
            store = new MVStore.Builder()
                    .fileName(folder.resolve("pictures.mv").toString())
                    .cacheSize(64)
                    .open();
        } catch (IOException | MVStoreException e) {
            out.println(
                    FAILED + String.valueOf(e.getMessage()).lines().findFirst().orElse("no reason given"));
            out.flush();
            return 1;
        }
        MongoServer server = new MongoServer(new EmbeddedMongoBackend(store));
        try {
            server.bind(new InetSocketAddress("127.0.0.1", 0));
            out.println(READY + server.getLocalAddress().getPort());
            out.flush();
            while (System.in.read() >= 0) {
                // The parent sends nothing; only the end counts.
            }
        } finally {
            server.shutdownNow(); // closes the backend and with it the store
        }
        return 0;
    }
}
