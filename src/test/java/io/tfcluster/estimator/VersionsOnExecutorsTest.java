package io.tfcluster.estimator;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.udf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tfcluster.tests.harness.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.types.TFloat32;

/** A query whose model has versions on the local disk, on executor JVMs of their own; it stands in this package to count what they load. */
@Timeout(180)
class VersionsOnExecutorsTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int ROWS = 64;

    private static LocalSpark spark;

    @TempDir
    static Path folder;

    @BeforeAll
    static void startSpark() {
        spark = LocalSpark.shared(2, 1);
    }

    @AfterAll
    static void stopSpark() {
        spark.close();
    }

    /** Exports version n of y = n · x as trainers do: aside, then moved into its place. */
    private static Path export(int version) throws IOException {
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            Placeholder<TFloat32> x = tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1)));
            tf.withName("y").math.mul(x, tf.constant((float) version));
            SavedModel.Builder model = SavedModel.newBuilder().setSavedModelSchemaVersion(1);
            MetaGraphDef.Builder meta = model.addMetaGraphsBuilder().setGraphDef(graph.toGraphDef());
            meta.getMetaInfoDefBuilder().addTags("serve");
            meta.putSignatureDef(
                    "serving_default",
                    SignatureDef.newBuilder()
                            .setMethodName("tensorflow/serving/predict")
                            .putInputs("x", tensor("x:0"))
                            .putOutputs("y", tensor("y:0"))
                            .build());
            Path aside = Files.createDirectories(folder.resolve("aside-" + version));
            Files.write(aside.resolve("saved_model.pb"), model.build().toByteArray());
            return Files.move(aside, Files.createDirectories(models()).resolve(Integer.toString(version)));
        }
    }

    private static TensorInfo tensor(String name) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        shape.addDimBuilder().setSize(-1);
        return TensorInfo.newBuilder()
                .setName(name)
                .setDtypeValue(1)
                .setTensorShape(shape)
                .build();
    }

    private static Path models() {
        return folder.resolve("models");
    }

    /** Asks, checks that each answer is that of the version it names, and returns the versions by executor. */
    private static Map<Long, Set<Long>> versions(Dataset<Row> answers) {
        Map<Long, Set<Long>> all = new HashMap<>();
        int rows = 0;
        for (Row row : answers.select("x", "y", "version", "pid").collectAsList()) {
            assertThat(row.getFloat(1)).isEqualTo(row.getFloat(0) * row.getLong(2));
            all.computeIfAbsent(row.getLong(3), pid -> new TreeSet<>()).add(row.getLong(2));
            rows++;
        }
        assertThat(rows).isEqualTo(ROWS);
        return all;
    }

    private static void awaitVersionOnBoth(Dataset<Row> answers, long version) {
        await().atMost(LIMIT).untilAsserted(() -> {
            Map<Long, Set<Long>> seen = versions(answers);
            assertThat(seen).hasSize(2);
            assertThat(seen.values()).containsOnly(Set.of(version));
        });
    }

    /** Returns, by process id, how many models each executor has loaded so far. */
    private static Map<Long, Long> loads() {
        Map<Long, Long> all = new HashMap<>();
        await().atMost(LIMIT).until(() -> {
            spark.context()
                    .parallelize(IntStream.range(0, 64).boxed().toList(), 64)
                    .map(i -> List.of(
                            ProcessHandle.current().pid(),
                            ModelCache.ofProcess().loads()))
                    .collect()
                    .forEach(each -> all.put(each.get(0), each.get(1)));
            return all.size() == 2;
        });
        return all;
    }

    @Test
    void allExecutorsGoOverToANewerVersionAndBackLoadingEachOnce() throws IOException {
        export(1);
        Map<Long, Long> before = loads();
        UDF1<Float, Long> pid = x -> ProcessHandle.current().pid();
        Dataset<Row> answers = new TFModel()
                .setExportDir(models().toString())
                .setVersions("latest")
                .setVersionCol("version")
                .transform(spark.session().range(0, ROWS, 1, 8).selectExpr("cast(id as float) as x"))
                .withColumn(
                        "pid", udf(pid, DataTypes.LongType).asNondeterministic().apply(col("x")));
        awaitVersionOnBoth(answers, 1);

        Path third = export(3);
        awaitVersionOnBoth(answers, 3);

        assertThat(before.keySet())
                .isNotEmpty()
                .doesNotContain(ProcessHandle.current().pid());
        loads().forEach((executor, count) -> assertThat(count - before.getOrDefault(executor, 0L))
                .as("models that executor %d loaded for two versions", executor)
                .isEqualTo(2));
        Files.delete(third.resolve("saved_model.pb"));
        Files.delete(third);
        awaitVersionOnBoth(answers, 1);
    }
}
