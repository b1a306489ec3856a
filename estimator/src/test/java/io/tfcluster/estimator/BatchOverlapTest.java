package io.tfcluster.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Operand;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** A batch is filled while a slow model runs the one before. */
@Timeout(300)
class BatchOverlapTest {
    @RegisterExtension
    static final ModelSpark SPARK = new ModelSpark("local[1]");

    private static final String THREAD = "tfcluster-model-run-";

    @TempDir
    Path folder;

    /** x: int32 [?] to "answer", 1,000 / x, after products of matrices that take some 20 ms. */
    private TFModel slow() {
        Path graph = TestGraphs.write(folder.resolve("slow.pb"), tf -> {
            Placeholder<TInt32> x = TestGraphs.in(tf, "x", TInt32.class, -1);
            Operand<TFloat32> one =
                    tf.math.minimum(tf.dtypes.cast(tf.reduceMax(x, tf.constant(0)), TFloat32.class), tf.constant(1f));
            Operand<TFloat32> product = tf.fill(tf.constant(new int[] {900, 900}), one);
            for (int i = 0; i < 2; i++) {
                product = tf.math.minimum(tf.linalg.matMul(product, product), tf.constant(1f));
            }
            Operand<TInt32> ones = tf.dtypes.cast(tf.reduceMax(product, tf.constant(new int[] {0, 1})), TInt32.class);
            tf.withName("answer").math.floorDiv(tf.math.mul(tf.constant(1_000), ones), x);
        });
        return new TFModel()
                .setFrozenGraph(graph.toString())
                .setInputMapping(Map.of("x", "x"))
                .setOutputMapping(Map.of("answer", "answer"))
                .setBatchSize(4);
    }

    private static boolean isRunning() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().startsWith(THREAD));
    }

    /** Numbers from 1 on, and whether a run's thread was there when the row was made. */
    private static Dataset<Row> rows(int count) {
        return SPARK.session()
                .range(1, count + 1, 1, 1)
                .map((MapFunction<Long, String>) x -> x + " " + isRunning(), Encoders.STRING())
                .select(
                        functions.expr("cast(split(value, ' ')[0] as int)").as("x"),
                        functions.expr("cast(split(value, ' ')[1] as boolean)").as("meanwhile"));
    }

    @Test
    void rowsComeOutInTheirOrderAndTheThreadEndsWithTheTask() {
        List<Row> answers = slow().transform(rows(41)).collectAsList();

        assertThat(answers).hasSize(41);
        for (int i = 0; i < answers.size(); i++) {
            assertThat(answers.get(i).getInt(0)).isEqualTo(i + 1);
            assertThat(answers.get(i).getInt(2)).isEqualTo(1_000 / (i + 1));
        }
        assertThat(answers.get(0).getBoolean(1)).isFalse();
        assertThat(answers.get(40).getBoolean(1)).isTrue();
        await().atMost(Duration.ofSeconds(60)).until(() -> !isRunning());
    }

    @Test
    void aFailureIsToldWithTheRowsOfItsBatch() {
        Dataset<Row> in = rows(40).withColumn("x", functions.expr("if(x = 31, 0, x)"));

        assertThatThrownBy(() -> slow().transform(in).collectAsList())
                .hasStackTraceContaining("partition 0, rows 28 to 31: ")
                .hasStackTraceContaining("division by zero");
        await().atMost(Duration.ofSeconds(60)).until(() -> !isRunning());
    }

    @Test
    void aTaskThatStopsEarlyWaitsForItsRunAndTheModelGoesOnAfterwards() {
        TFModel model = slow();

        assertThat(model.transform(rows(400)).limit(17).collectAsList()).hasSize(17);
        await().atMost(Duration.ofSeconds(60)).until(() -> !isRunning());
        assertThat(model.transform(rows(9)).collectAsList()).hasSize(9);
    }
}
