package io.tfcluster.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfcluster.ClusterConfig;
import io.tfcluster.ClusterListener;
import io.tfcluster.NodeContext;
import io.tfcluster.TFCluster;
import io.tfcluster.TrainingReport;
import io.tfcluster.records.TFRecordReader;
import io.tfcluster.reservation.NodeInfo;
import io.tfcluster.reservation.Role;
import io.tfcluster.tests.harness.Leftovers;
import io.tfcluster.tests.harness.LocalSpark;
import io.tfcluster.training.SummaryWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.Summary;

/** What a cluster with a log folder writes for TensorBoard, and what it does where there is none. */
@Timeout(180)
final class TensorBoardTest {
    private static LocalSpark spark;

    @TempDir
    private Path folder;

    private Leftovers.Snapshot before;

    @BeforeAll
    static void startSpark() {
        spark = LocalSpark.shared(2, 2);
    }

    @AfterAll
    static void stopSpark() {
        spark.close();
    }

    @BeforeEach
    void look() {
        before = Leftovers.snapshot();
    }

    @AfterEach
    void nothingIsLeft() {
        Leftovers.assertNothingLeftSince(before);
    }

    /** An evaluator with a number of its own beside those that learn. */
    static void main(String args, NodeContext ctx) {
        if (ctx.role() == Role.EVALUATOR) {
            try (SummaryWriter writer = ctx.summaryWriter("eval")) {
                writer.scalar("loss", 5, 0.75);
                ctx.awaitStop();
            }
            return;
        }
        Linear.main(args, ctx);
    }

    @Test
    void chiefAndEvaluatorWriteToTheLogFolderAndAMissingProgramCostsNothing() throws IOException {
        Map<String, String> absent = new ConcurrentHashMap<>();
        ClusterConfig config = Linear.config(3)
                .evaluator(true)
                .logDir(folder.resolve("logs").toString())
                .tensorboard(true)
                .environment("PATH", folder.toString())
                .listener(new ClusterListener() {
                    @Override
                    public void joined(NodeInfo node) {
                        String why = node.endpoints().get("tensorboard.absent");
                        if (why != null) {
                            absent.put(node.task().role().jobName(), why);
                        }
                    }
                })
                .build();
        try (TFCluster cluster = TFCluster.run(spark.session(), TensorBoardTest::main, "", config)) {
            cluster.train(Linear.points(spark.context(), 800, 4), Linear.trainEncoder(), 1);
            TrainingReport report = cluster.shutdown(true, Duration.ofSeconds(60));

            assertThat(cluster.tensorboardUrl()).isEmpty();
            long steps = report.nodes().stream()
                    .filter(node -> node.result().containsKey("steps"))
                    .mapToLong(node -> Long.parseLong(node.result().get("steps")))
                    .max()
                    .orElseThrow();
            Map<Long, Float> losses = scalars("train", "loss");
            assertThat(losses).hasSize((int) (steps / 10)).containsKeys(10L, 20L);
            assertThat(losses.get(20L)).isLessThan(losses.get(10L));
            assertThat(scalars("train", "learning_rate").values()).containsOnly(0.1f);
            assertThat(scalars("eval", "loss")).containsOnly(Map.entry(5L, 0.75f));
        }
        assertThat(absent).hasSize(1);
        assertThat(absent.values())
                .allSatisfy(text -> assertThat(text).contains("pip install tensorboard", folder.toString()));
    }

    /** By step, of the only file of a run. */
    private Map<Long, Float> scalars(String run, String tag) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(folder.resolve("logs").resolve(run))) {
            files = all.toList();
        }
        assertThat(files).hasSize(1);
        Map<Long, Float> scalars = new TreeMap<>();
        try (TFRecordReader reader = TFRecordReader.open(files.get(0).toUri().toString(), new Configuration())) {
            while (reader.hasNext()) {
                Event event = Event.parseFrom(reader.next());
                for (Summary.Value value : event.getSummary().getValueList()) {
                    if (value.getTag().equals(tag)) {
                        scalars.put(event.getStep(), value.getSimpleValue());
                    }
                }
            }
        }
        return scalars;
    }
}
