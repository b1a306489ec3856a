package io.tfcluster.examples.streaming;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bin/streaming serve-kafka}: a Kafka for trying. */
@Command(
        name = "serve-kafka",
        mixinStandardHelpOptions = true,
        description = "Serves a Kafka on 127.0.0.1 until it is stopped, for trying; its data stays in the folder.")
final class ServeKafkaCommand implements Callable<Integer> {
    @Spec
    @Nullable
    CommandSpec spec;

    @Option(names = "--data-dir", paramLabel = "DIR", description = "Folder of its data (default ${DEFAULT-VALUE}).")
    Path folder = Path.of("target/kafka");

    @Option(names = "--port", paramLabel = "N", description = "Port (default ${DEFAULT-VALUE}).")
    int port = 9092;

    @Option(
            names = "--topics",
            paramLabel = "NAME",
            split = ",",
            description = "Topics to make, with two partitions each, if they are not there.")
    List<String> topics = List.of();

    /** Made by picocli. */
    ServeKafkaCommand() {}

    @Override
    public Integer call() throws InterruptedException {
        if (spec == null) {
            throw new IllegalStateException("picocli gives the spec");
        }
        PrintWriter out = spec.commandLine().getOut();
        try (KafkaServer server = KafkaServer.start(folder, port)) {
            server.brokers().make(topics, 2);
            out.println("Kafka serves at 127.0.0.1:" + server.port() + "; end with Ctrl-C.");
            new CountDownLatch(1).await();
        }
        return 0;
    }
}
