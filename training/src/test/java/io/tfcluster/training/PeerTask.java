package io.tfcluster.training;

import io.tfcluster.training.ring.Ring;
import io.tfcluster.training.ring.RingListener;
import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.PortRange;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** Rank 1 of two in a JVM of its own, so that it can be killed and frozen; ends with its standard input. */
final class PeerTask {
    static final Duration LIMIT = Duration.ofSeconds(3);
    static final Rows ROWS = Rows.classes(4_000, 512, 5);

    private PeerTask() {}

    /** Half a million variables: gradients that take a while to travel. */
    static ModelSpec model(ModelBuilder model) {
        Operand<TFloat32> hidden = model.tf()
                .math
                .tanh(io.tfcluster.training.layers.Layers.dense(
                        model, "hidden", model.input("x", TFloat32.class), 1_000));
        Operand<TFloat32> logits = io.tfcluster.training.layers.Layers.dense(model, "out", hidden, 3);
        return ModelSpec.builder()
                .loss(io.tfcluster.training.layers.Layers.softmaxCrossEntropy(
                        model, logits, model.input("label", TInt64.class), 0))
                .build();
    }

    /** With {@code fusionBytes} under 12,000 the gradients go in three buckets. */
    static Trainer trainer(Ring ring, long fusionBytes, TrainingListener listener) {
        TrainerConfig config = Models.config(Optimizer.adam(0.001))
                .stepTimeout(LIMIT)
                .threads(1, 2)
                .fusionBytes(fusionBytes)
                .peerTimeout(Duration.ofSeconds(60)) // the child loads TensorFlow first
                .build();
        return Trainer.allReduce(PeerTask::model, ROWS.specs(), config, ring, listener);
    }

    /** Rows for ever: each step the next 20, half of them for each rank. */
    static BatchSource rows(int rank) {
        int[] step = {0};
        return (max, makeDo) -> {
            int from = step[0]++ * 20 % ROWS.count() + 10 * rank;
            return ROWS.batch(from, from + 10, false);
        };
    }

    static Process start(Path log, long fusionBytes) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        PeerTask.class.getName(),
                        Long.toString(fusionBytes))
                .redirectError(log.toFile())
                .start();
    }

    /** Takes fusionBytes as its argument; reads secret and address of rank 0 from standard input and writes its own port. */
    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        ClusterSecret secret = ClusterSecret.of(HexFormat.of().parseHex(in.readLine()));
        int peer = Integer.parseInt(in.readLine());
        Thread lifeline = new Thread(
                () -> {
                    try {
                        in.readLine();
                    } catch (IOException e) {
                        System.err.println(e);
                    }
                    Runtime.getRuntime().halt(0);
                },
                "lifeline");
        lifeline.setDaemon(true);
        lifeline.start();
        try (RingListener listener = RingListener.open("127.0.0.1", PortRange.ANY, secret)) {
            System.out.println(listener.port());
            System.out.flush();
            List<InetSocketAddress> addresses = List.of(
                    new InetSocketAddress("127.0.0.1", peer), new InetSocketAddress("127.0.0.1", listener.port()));
            try (Ring ring = listener.form(1, addresses, Duration.ofSeconds(30), LIMIT);
                    Trainer trainer = trainer(ring, Long.parseLong(args[0]), TrainingListener.none())) {
                trainer.fit(rows(1));
            }
        }
    }
}
