package io.tfcluster.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.PartialRun;
import org.tensorflow.RemoteSession;
import org.tensorflow.Result;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.io.FifoQueue;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;

/** y = 2x, never = y + what an empty queue gives, broken = y checked for NaN. */
@Timeout(60)
class PartialRunTest {
    private final Graph graph = new Graph();
    private final ExecutorService other = Executors.newSingleThreadExecutor();
    private RemoteSession session;

    @BeforeEach
    void build() {
        Ops tf = Ops.create(graph);
        Operand<TFloat32> x = tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
        Operand<TFloat32> y = tf.withName("y").math.mul(x, tf.constant(2f));
        FifoQueue queue = tf.io.fifoQueue(List.of(TFloat32.class));
        @SuppressWarnings("unchecked") // the queue holds floats
        Operand<TFloat32> given = (Operand<TFloat32>) (Operand<?>)
                tf.io.queueDequeue(queue, List.of(TFloat32.class)).iterator().next();
        tf.withName("never").math.add(y, given);
        tf.withName("broken").debugging.checkNumerics(y, "bad y");
        tf.withName("z").math.mul(y, tf.constant(5f));
        session = RemoteSession.open(
                graph,
                "",
                ConfigProto.newBuilder().setInterOpParallelismThreads(1).build());
    }

    @AfterEach
    void close() throws InterruptedException {
        session.abort();
        session.close();
        graph.close();
        other.shutdownNow();
        assertThat(other.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }

    private PartialRun begin(float x, String... fetches) {
        try (TFloat32 fed = TFloat32.scalarOf(x)) {
            return session.partialRun(Map.of("x", fed), List.of(fetches));
        }
    }

    private static float next(PartialRun run) {
        try (Tensor tensor = run.next()) {
            return ((TFloat32) tensor).getFloat();
        }
    }

    @Test
    void resultsComeInTheOrderAskedForManyTimes() {
        for (int i = 1; i <= 200; i++) {
            try (PartialRun run = begin(i, "y", "z")) {
                assertThat(next(run)).isEqualTo(2f * i);
                assertThat(next(run)).isEqualTo(10f * i);
            }
        }
    }

    @Test
    void firstResultIsThereBeforeTheLastIsComputed() throws Exception {
        PartialRun run = begin(3, "y", "never");
        assertThat(next(run)).isEqualTo(6);

        Future<Float> never = other.submit(() -> next(run));
        assertThatThrownBy(() -> never.get(200, TimeUnit.MILLISECONDS))
                .isInstanceOf(java.util.concurrent.TimeoutException.class);
        long begun = System.nanoTime();
        session.abort();

        assertThatThrownBy(() -> never.get(10, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class);
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(8));
        run.close();
    }

    @Test
    void closeWaitsForTheResultThatIsUnderWay() throws Exception {
        PartialRun run = begin(3, "never");
        Future<Float> never = other.submit(() -> next(run));
        assertThatThrownBy(() -> never.get(100, TimeUnit.MILLISECONDS))
                .isInstanceOf(java.util.concurrent.TimeoutException.class);

        session.abort();
        session.close();

        assertThat(never.isDone() || endsSoon(never)).isTrue();
        assertThatThrownBy(run::next).isInstanceOf(IllegalStateException.class).hasMessageContaining("closed");
        run.close();
    }

    private static boolean endsSoon(Future<?> future) throws Exception {
        assertThatThrownBy(() -> future.get(5, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class);
        return true;
    }

    @Test
    void resultsThatNobodyTookDoNotKeepTheSessionFromClosingNorFromOtherRuns() {
        begin(3, "y", "never").close();
        PartialRun half = begin(4, "y", "z");
        assertThat(next(half)).isEqualTo(8);
        half.close();

        try (TFloat32 x = TFloat32.scalarOf(1f);
                Result result =
                        session.session().runner().feed("x", x).fetch("z").run()) {
            assertThat(((TFloat32) result.get(0)).getFloat()).isEqualTo(10);
        }
    }

    @Test
    void failureComesWithTheResultThatNeedsIt() {
        try (PartialRun run = begin(Float.NaN, "y", "broken")) {
            assertThatThrownBy(() -> {
                        next(run);
                        next(run);
                    })
                    .hasMessageContaining("bad y");
        }
        // TensorFlow then cancels all of the session, from a thread of its own.
        await().untilAsserted(
                        () -> assertThatThrownBy(() -> begin(1, "y").close()).hasMessageContaining("cancelled"));
    }
}
