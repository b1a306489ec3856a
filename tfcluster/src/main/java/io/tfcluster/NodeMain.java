package io.tfcluster;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The first class of a node's process: reads its order from standard input, runs the user's main function, and says how it went. */
final class NodeMain {
    private static final Logger log = LoggerFactory.getLogger(NodeMain.class);
    private static final Duration EXIT_LIMIT = Duration.ofSeconds(3);

    private NodeMain() {}

    /** Called by the JVM; the arguments come over standard input. */
    public static void main(String[] none) throws IOException, ClassNotFoundException {
        InputStream stdin = System.in;
        NodeOrder order = NodeOrder.readFrom(stdin);
        System.setIn(InputStream.nullInputStream());
        Path folder = Path.of(order.folder());
        Lifeline.watch(stdin, folder);
        int code = run(order);
        Folders.delete(folder);
        haltAfter(EXIT_LIMIT, code);
        System.exit(code);
    }

    private static int run(NodeOrder order) {
        try (NodeRuntime node = NodeRuntime.open(order)) {
            NodeContext context = node.join();
            try {
                order.plan().main().run(context);
                node.farewell();
                return 0;
            } catch (Throwable e) { // the user's Errors, too, must reach the driver
                node.fail(e);
                return 1;
            }
        } catch (RuntimeException e) {
            log.error("{} could not start", order.name(), e);
            return 1;
        }
    }

    /** Shutdown hooks run, but nobody waits for them for long. */
    private static void haltAfter(Duration limit, int code) {
        Thread thread = new Thread(
                () -> {
                    try {
                        Thread.currentThread().join(limit.toMillis());
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    Runtime.getRuntime().halt(code);
                },
                "node-halt");
        thread.setDaemon(true);
        thread.start();
    }
}
