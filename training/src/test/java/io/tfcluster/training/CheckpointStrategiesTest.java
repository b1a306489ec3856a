package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfcluster.training.ring.Ring;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;

/** A checkpoint does not know how its training's processes learned together. */
@Timeout(90)
class CheckpointStrategiesTest {
    @TempDir
    Path folder;

    private static String free() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return "127.0.0.1:" + socket.getLocalPort();
        }
    }

    @Test
    void whatAllReduceSavedGoesOnOnParameterServersAndBack() throws Exception {
        String ps = free();
        String worker = free();
        CheckpointConfig saved = CheckpointRun.checkpoints(folder.resolve("saved"));
        float[] before;
        try (Trainer trainer = CheckpointRun.trainer(Ring.single(), saved)) {
            trainer.fit(CheckpointRun.source(trainer, Ring.single()).give(5));
            before = Models.variables(trainer);
        }
        Process server = ChildTask.start(folder.resolve("ps0"), "ps", 0, ps, worker);
        try {
            TensorFlowServer own =
                    TensorFlowServer.start(Map.of("ps", List.of(ps), "worker", List.of(worker)), "worker", 0);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(40))
                    .until(() -> Files.readString(folder.resolve("ps0")).contains("serving"));
            try (Trainer trainer = onServers(own, saved)) {
                assertThat(trainer.step()).isEqualTo(5);
                assertThat(Models.variables(trainer)).isEqualTo(before);
                trainer.fit(CheckpointRun.source(trainer, Ring.single()).give(3));
                before = Models.variables(trainer);
            }
        } finally {
            server.destroyForcibly().waitFor();
        }

        try (Trainer trainer = CheckpointRun.trainer(Ring.single(), saved)) {
            assertThat(trainer.step()).isEqualTo(8);
            assertThat(Models.variables(trainer)).isEqualTo(before);
            trainer.fit(CheckpointRun.source(trainer, Ring.single()).give(2));
            before = Models.variables(trainer);
        }
        try (Trainer whole = CheckpointRun.trainer(Ring.single(), CheckpointRun.checkpoints(folder.resolve("whole")))) {
            whole.fit(CheckpointRun.source(whole, Ring.single()).give(10));
            assertThat(before).usingComparatorWithPrecision(1e-5f).containsExactly(Models.variables(whole));
        }
    }

    private static Trainer onServers(TensorFlowServer server, CheckpointConfig checkpoints) {
        return Trainer.parameterServer(
                CheckpointRun::model,
                CheckpointRun.ROWS.specs(),
                Models.config(Optimizer.adam(0.02))
                        .stepTimeout(Duration.ofSeconds(20))
                        .checkpoints(checkpoints)
                        .build(),
                new ParameterServers(server.target(), 1, "worker", 0, 0, 1),
                TrainingListener.none());
    }

    @Test
    void partsOfAVariableAreSavedAsOne() {
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            for (int part = 0; part < 2; part++) {
                Shape shape = Shape.of(2 - part, 3);
                var handle = Names.handle(tf, "", "table/part_" + part, TFloat32.class, shape);
                Operand<TFloat32> value = tf.fill(tf.constant(shape.asArray()), tf.constant(part + 1f));
                tf.withControlDependencies(List.of(tf.assignVariableOp(handle, value)))
                        .withName("set_" + part)
                        .noOp();
            }
            StateGraph state = StateGraph.add(graph);
            assertThat(state.signature()).containsExactly("table: DT_FLOAT [3, 3]");
            try (TrainSession session =
                    TrainSession.open(graph, "", ConfigProto.getDefaultInstance(), Duration.ofSeconds(10))) {
                session.run("setting", Map.of(), List.of(), List.of("set_0", "set_1"))
                        .close();
                Map<String, Tensor> read = state.read(session, "here", stored -> true);
                TFloat32 table = (TFloat32) read.values().iterator().next();
                assertThat(table.getFloat(1, 2)).isEqualTo(1);
                assertThat(table.getFloat(2, 0)).isEqualTo(2);
                table.setFloat(7, 2, 0);
                table.setFloat(5, 0, 1);
                state.assign(session, read, "here");
                Map<String, Tensor> again = state.read(session, "here", stored -> true);
                assertThat((TFloat32) again.get("table")).isEqualTo(table);
                read.values().forEach(Tensor::close);
                again.values().forEach(Tensor::close);
            }
        }
    }
}
