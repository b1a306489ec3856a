package io.tfcluster.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.util.SerializableConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Models in a JVM of their own; this one, where the tasks are, is the executor that must live. */
@Timeout(400)
class IsolationTest {
    /** Each task has two attempts. */
    @RegisterExtension
    static final ModelSpark SPARK = new ModelSpark("local[2,2]");

    private static final AtomicInteger KILLS = new AtomicInteger();

    @TempDir
    static Path folder;

    private static Dataset<Row> rows(int count, int partitions) {
        return SPARK.session().range(0, count, 1, partitions).selectExpr("id", "array(cast(id as float), 1f, 2f) as x");
    }

    private static TFModel sums(String name) {
        return new TFModel()
                .setFrozenGraph(TestGraphs.sums(folder.resolve(name), 3).toString())
                .setOutputMapping(Map.of("sum", "total"))
                .setIsolation("child")
                .setBatchSize(16);
    }

    /** Children of this JVM that hold models. */
    private static Set<Long> children() {
        Set<Long> pids = new TreeSet<>();
        ProcessHandle.current().children().filter(ProcessHandle::isAlive).forEach(child -> {
            try {
                String command = Files.readString(Path.of("/proc", Long.toString(child.pid()), "cmdline"));
                if (command.contains("tfcluster-jvm-")) {
                    pids.add(child.pid());
                }
            } catch (IOException e) {
                assertThat(child.isAlive())
                        .as("a process whose command cannot be read")
                        .isFalse();
            }
        });
        return pids;
    }

    private static void kill(String signal, long pid) throws IOException, InterruptedException {
        new ProcessBuilder("kill", signal, Long.toString(pid)).start().waitFor();
    }

    @Test
    void everyTypeComesOutTheSameFromBothForms() {
        Dataset<Row> data = SPARK.session()
                .range(0, 40, 1, 2)
                .selectExpr(
                        "id + 0.5D as float",
                        "array(cast(id as int), 1, 2) as double",
                        "cast(-id as short) as int",
                        "array(array(1L, 2L), array(3L, id)) as long",
                        "id % 2 = 0 as bool",
                        "if(id = 3, '', concat(repeat('a long text, äöü, ', 5), id)) as string",
                        "unhex('FF0001') as bytes",
                        "array('left', repeat(cast(id as string), 40000)) as strings",
                        "unhex('01C803') as uint8",
                        "cast(id as float) as half");
        Map<String, String> outputs = new LinkedHashMap<>();
        for (String name : data.columns()) {
            outputs.put("out_" + name, "o_" + name);
        }
        TFModel model = new TFModel()
                .setFrozenGraph(TestGraphs.types(folder.resolve("types.pb")).toString())
                .setOutputMapping(outputs)
                .setBinaryCols("o_bytes")
                .setVectorCols("o_double")
                .setBatchSize(7);

        List<Row> inProcess = model.transform(data).collectAsList();
        List<Row> inChild = model.setIsolation("child").transform(data).collectAsList();

        assertThat(inChild).hasSize(40).isEqualTo(inProcess);
        assertThat(inChild.get(5).<Float>getAs("o_float")).isEqualTo(5.5f);
    }

    @Test
    void aSavedModelAnswersTheSameInBothForms() {
        Path half = ModelSpark.data("savedmodels/serving_half_plus_two_cpu");
        org.junit.jupiter.api.Assumptions.assumeTrue(
                Files.isDirectory(half), "skipped: ../shared/data/savedmodels is not beside this checkout");
        Dataset<Row> data = SPARK.session().range(0, 9, 1, 3).selectExpr("cast(id as float) as x");
        TFModel model = new TFModel().setExportDir(half.toString());

        List<Row> inChild = model.copy(org.apache.spark.ml.param.ParamMap.empty())
                .setIsolation("child")
                .transform(data)
                .collectAsList();

        assertThat(inChild).hasSize(9).isEqualTo(model.transform(data).collectAsList());
        assertThat(inChild.get(4).<Float>getList(1)).containsExactly(4f);
    }

    @Test
    void aKilledChildIsTheTasksErrorAndTheNextAttemptHasAnother() throws Exception {
        TFModel model = sums("killed.pb");
        Set<Long> before = children();
        assertThat(model.transform(rows(100, 2)).count()).isEqualTo(100);
        Set<Long> own = new TreeSet<>(children());
        own.removeAll(before);
        assertThat(own).as("one child for all tasks").hasSize(1);
        long child = own.iterator().next();
        assertThat(model.transform(rows(100, 2)).collectAsList()).hasSize(100);
        assertThat(children()).as("kept for the next job").contains(child);

        KILLS.set(1);
        assertThat(model.transform(dyingAfter(50, child)).collectAsList())
                .as("the second attempt")
                .hasSize(200)
                .allMatch(row -> row.<Float>getAs("total") == row.<Long>getAs("id") + 3f);
        assertThat(children()).doesNotContain(child);

        Set<Long> second = new TreeSet<>(children());
        second.removeAll(before);
        kill("-KILL", second.iterator().next());
        await().atMost(Duration.ofSeconds(60)).until(() -> !children().containsAll(second));
        assertThat(model.transform(rows(100, 2)).count())
                .as("one that died between two jobs")
                .isEqualTo(100);
    }

    @Test
    void theErrorHasTheExitCodeAndTheLastOutput() {
        TFModel model = sums("child.pb");

        KILLS.set(2); // both attempts
        Dataset<Row> out = model.transform(dyingAfter(50, -1));

        assertThatThrownBy(out::collectAsList)
                .hasStackTraceContaining("partition 0, rows 48 to 63")
                .hasStackTraceContaining("exited with code 134 (SIGABRT")
                .hasStackTraceContaining("last output:")
                .hasStackTraceContaining("The executor goes on");
    }

    /** 200 rows, and as often as {@link #KILLS} says the death of a child (-1: the newest one) after some of them. */
    private static Dataset<Row> dyingAfter(int count, long pid) {
        return rows(200, 1)
                .mapPartitions(
                        (MapPartitionsFunction<Row, Row>) given -> new Iterator<Row>() {
                            private int taken;

                            @Override
                            public boolean hasNext() {
                                return given.hasNext();
                            }

                            @Override
                            public Row next() {
                                if (++taken == count && KILLS.getAndDecrement() > 0) {
                                    crash(pid < 0 ? ((TreeSet<Long>) children()).last() : pid);
                                }
                                return given.next();
                            }
                        },
                        Encoders.row(rows(1, 1).schema()));
    }

    private static void crash(long pid) {
        try {
            kill("-SEGV", pid);
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> ProcessHandle.of(pid).isEmpty()
                            || !ProcessHandle.of(pid).get().isAlive());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void evictionEndsTheChildAndItsFolder() throws Exception {
        ModelCache cache = new ModelCache();
        TaskFiles files = new TaskFiles(new SerializableConfiguration(new Configuration()), null);
        IntFunction<ModelCache.Key> key = i -> new ModelCache.Key(
                ModelFiles.frozenGraph(
                        TestGraphs.sums(folder.resolve("evicted" + i + ".pb"), 3)
                                .toString(),
                        new Configuration()),
                1,
                true);
        ModelCache.Limits one = new ModelCache.Limits(1, Long.MAX_VALUE);
        List<Path> folders = new ArrayList<>();
        Set<Long> before = children();

        cache.lease(key.apply(0), one, files).close();
        Set<Long> first = new TreeSet<>(children());
        first.removeAll(before);
        folders.addAll(foldersOf(first));
        try (ModelCache.Lease second = cache.lease(key.apply(1), one, files)) {
            assertThat(second.model().isUsable()).isTrue();
        }

        assertThat(cache.evictions()).isEqualTo(1);
        assertThat(first).hasSize(1);
        assertThat(children()).doesNotContainAnyElementsOf(first);
        assertThat(folders).hasSize(1).allSatisfy(path -> assertThat(path).doesNotExist());
        cache.lease(key.apply(1), new ModelCache.Limits(0, 0), files).close();
        assertThat(children()).isEqualTo(before);
    }

    private static List<Path> foldersOf(Set<Long> pids) throws IOException {
        List<Path> folders = new ArrayList<>();
        for (long pid : pids) {
            String command = Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"));
            Path arguments = Path.of(command.substring(command.indexOf('@') + 1, command.indexOf("java.args")));
            assertThat(Files.getPosixFilePermissions(arguments))
                    .as("the owner's")
                    .hasSize(3);
            try (Stream<Path> files = Files.list(arguments)) {
                assertThat(files.map(file -> file.getFileName().toString())).contains("model");
            }
            folders.add(arguments);
        }
        return folders;
    }

    @Test
    void aRunHasALimitInBothForms() {
        TFModel model = new TFModel()
                .setFrozenGraph(TestGraphs.waiting(folder.resolve("waiting.pb")).toString())
                .setOutputMapping(Map.of("never", "y"))
                .setRunTimeout(1);
        String text = "did not answer a batch within 1 s; set runTimeout higher";

        assertThatThrownBy(() -> model.transform(rows(4, 1)).collectAsList()).hasStackTraceContaining(text);
        assertThatThrownBy(
                        () -> model.setIsolation("child").transform(rows(4, 1)).collectAsList())
                .hasStackTraceContaining(text);
        assertThatThrownBy(() -> model.setRunTimeout(0)).hasMessage("runTimeout must be 1 or more, got 0");
    }

    @Test
    void aModelThatCannotBeLoadedIsTheSameErrorFromAChild() throws IOException {
        Path graph = TestGraphs.sums(folder.resolve("gone.pb"), 3);
        TFModel model = new TFModel()
                .setFrozenGraph(graph.toString())
                .setOutputMapping(Map.of("sum", "total"))
                .setIsolation("child");
        Dataset<Row> out = model.transform(rows(4, 1));
        byte[] bytes = Files.readAllBytes(graph);
        java.util.Arrays.fill(bytes, (byte) 7);
        java.nio.file.attribute.FileTime time = Files.getLastModifiedTime(graph);
        Files.write(graph, bytes); // of the same length
        Files.setLastModifiedTime(graph, time);

        assertThatThrownBy(out::collectAsList)
                .hasStackTraceContaining("cannot load frozen graph")
                .hasStackTraceContaining("Invalid GraphDef");
        assertThatThrownBy(() -> model.setIsolation("none"))
                .hasMessage("isolation must be one of [process, child], got \"none\"");
    }

    @Test
    void aFunctionInSqlRunsInAChild() {
        TFModel.registerUdf(SPARK.session(), "isolated_total", sums("child.pb"));

        assertThat(SPARK.session()
                        .sql("select isolated_total(array(cast(id as float), 1f, 2f)) as t from range(0, 50, 1, 2)")
                        .selectExpr("sum(t)")
                        .head()
                        .getDouble(0))
                .isEqualTo(1225 + 150d);
    }
}
