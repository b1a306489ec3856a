package io.tfcluster.training;

import static java.util.Objects.requireNonNull;

import io.tfcluster.training.layers.Layers;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** The only worker of synchronous parameter servers, in a JVM of its own; it tells of each step. */
final class PsTornTask {
    static final Rows ROWS = Rows.classes(4_000, 256, 5);
    private static final int BATCH = 10;
    private static final long PARTS = 1 << 18;
    private static final TrainerConfig CONFIG = Models.config(Optimizer.adam(0.001))
            .synchronousServers(0)
            .partitionBytes(PARTS)
            .stepTimeout(Duration.ofSeconds(4))
            .peerTimeout(Duration.ofSeconds(40))
            .build();

    private PsTornTask() {}

    /** Variables on both servers, in parts, whose update takes a while. */
    static ModelSpec model(ModelBuilder model) {
        Operand<TFloat32> hidden =
                model.tf().math.tanh(Layers.dense(model, "hidden", model.input("x", TFloat32.class), 2_000));
        Operand<TFloat32> logits = Layers.dense(model, "out", hidden, 3);
        return ModelSpec.builder()
                .loss(Layers.softmaxCrossEntropy(model, logits, model.input("label", TInt64.class), 0))
                .build();
    }

    static Trainer trainer(ParameterServers place, TrainingListener listener) {
        return Trainer.parameterServer(PsTornTask::model, ROWS.specs(), CONFIG, place, listener);
    }

    static BatchSource rows(int steps) {
        return rows(0, steps);
    }

    /** The rows of some steps after {@code first}. */
    static BatchSource rows(long first, int steps) {
        int[] step = {0};
        return (max, makeDo) -> {
            int from = (int) ((first + step[0]++) * BATCH % ROWS.count());
            return ROWS.batch(from, from + BATCH, step[0] == steps);
        };
    }

    /** Begins one more update, of the gradients that lie on the servers, and applies it to one variable on one of them. */
    static void half(Trainer trainer) {
        PsSyncStrategy strategy = (PsSyncStrategy) trainer.strategy();
        PsJournal journal = requireNonNull(strategy.journal, "journal");
        PsConnection connection = strategy.connection;
        try (TInt64 step = TInt64.scalarOf(trainer.step());
                TFloat32 one = TFloat32.scalarOf(0.1f)) {
            journal.run(
                            connection,
                            "the beginning",
                            Map.of(PsJournal.STEP, step),
                            List.of(),
                            List.of(PsSyncGraph.count(0, true), PsJournal.BEGIN))
                    .close();
            journal.run(
                            connection,
                            "half an update",
                            Map.of(TrainGraph.SCALE, one, TrainGraph.RATE, one),
                            List.of(),
                            List.of(oneUpdate()))
                    .close();
        }
    }

    /** The name of the operation that updates one variable. */
    private static String oneUpdate() {
        try (TrainGraph graph = new TrainGraph(PsTornTask::model, ROWS.specs(), CONFIG, 0, new PsPartition(2, PARTS))) {
            PsSyncGraph.add(graph, new ParameterServers("grpc://127.0.0.1:1", 2, "worker", 0, 0, 1));
            for (Iterator<GraphOperation> operations = graph.graph().operations(); operations.hasNext(); ) {
                GraphOperation operation = operations.next();
                if (operation.type().equals("ResourceApplyAdam")) {
                    return operation.name();
                }
            }
            throw new IllegalStateException("no update in the graph");
        }
    }

    static Process start(Path out, PsServers servers, int index) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                PsTornTask.class.getName(),
                String.join(",", servers.jobs.get("ps")),
                String.join(",", servers.jobs.get("worker")),
                Integer.toString(index));
        return builder.redirectErrorStream(true).redirectOutput(out.toFile()).start();
    }

    /** Arguments: addresses of ps and workers, own index. */
    public static void main(String[] args) {
        Map<String, List<String>> jobs =
                Map.of("ps", List.of(args[0].split(",")), "worker", List.of(args[1].split(",")));
        int index = Integer.parseInt(args[2]);
        TensorFlowServer server = TensorFlowServer.start(jobs, "worker", index);
        ParameterServers place =
                new ParameterServers(server.target(), jobs.get("ps").size(), "worker", index, 0, 1);
        try (Trainer trainer = trainer(place, info -> System.out.println("step " + info.step()))) {
            trainer.fit(rows(250));
        }
    }
}
