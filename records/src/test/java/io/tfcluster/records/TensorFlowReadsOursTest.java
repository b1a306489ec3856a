package io.tfcluster.records;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TFOutOfRangeException;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.data.Iterator;
import org.tensorflow.op.data.IteratorGetNext;
import org.tensorflow.op.data.MakeIterator;
import org.tensorflow.op.io.ParseExample;
import org.tensorflow.op.io.ParseSequenceExample;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.family.TType;

/** TensorFlow's own reader, which checks both CRCs, and its own parser take what we write. */
@Timeout(120)
final class TensorFlowReadsOursTest {
    @TempDir
    private Path folder;

    private static List<byte[]> readByTensorFlow(Path file, String compression) {
        List<byte[]> records = new ArrayList<>();
        try (Graph graph = new Graph();
                Session session = new Session(graph)) {
            Ops tf = Ops.create(graph);
            List<Class<? extends TType>> types = List.of(TString.class);
            List<Shape> shapes = List.of(Shape.scalar());
            // not TFRecordDatasetV2, which the typed API makes: it fails at the iterator
            Output<TType> dataset = tf.scope()
                    .opBuilder("TFRecordDataset", "records")
                    .addInput(tf.constant(file.toString()).asOutput())
                    .addInput(tf.constant(compression).asOutput())
                    .addInput(tf.constant(1L << 16).asOutput())
                    .build()
                    .output(0);
            Iterator iterator = Iterator.create(tf.scope(), "", "", types, shapes);
            MakeIterator begin = MakeIterator.create(tf.scope(), dataset, iterator);
            Output<?> next = IteratorGetNext.create(tf.scope(), iterator, types, shapes)
                    .components()
                    .get(0);
            session.runner().addTarget(begin).run();
            while (true) {
                try (Result result = session.runner().fetch(next).run()) {
                    records.add(((TString) result.get(0)).asBytes().getObject());
                }
            }
        } catch (TFOutOfRangeException e) {
            return records; // the end of the file
        }
    }

    private Path onlyFile(String name) throws Exception {
        try (Stream<Path> files = Files.list(folder.resolve(name))) {
            return files.filter(file -> file.getFileName().toString().startsWith("part-"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void recordsOfAllSizes(Compression compression) throws Exception {
        Path file = folder.resolve("a" + compression.extension());
        List<byte[]> records = Stream.of(0, 1, 11, 12, 13, 70_000, 3)
                .map(size -> ("x" + size).repeat(size).getBytes(StandardCharsets.UTF_8))
                .toList();

        Examples.write(file, records);

        assertThat(readByTensorFlow(file, compression.tensorflowName())).containsExactlyElementsOf(records);
    }

    @ParameterizedTest
    @CsvSource({
        "20, the CRC of the record's length",
        "30, the CRC of the record's 7 bytes",
        "37, the CRC of the record's 7 bytes"
    })
    void flippedByteIsRefusedByBoth(int at, String ours) throws Exception {
        Path file = folder.resolve("a");
        Examples.write(file, List.of("a".getBytes(StandardCharsets.UTF_8), "another".getBytes(StandardCharsets.UTF_8)));
        byte[] content = Files.readAllBytes(file);
        content[at] ^= 1;
        Files.write(file, content);

        assertThatThrownBy(() -> readByTensorFlow(file, ""))
                .isInstanceOf(TensorFlowException.class)
                .hasMessageContaining("corrupted record at ");
        assertThatThrownBy(() -> Examples.read(file)).hasMessageContaining("at byte 17: " + ours);
    }

    @ParameterizedTest
    @ValueSource(strings = {"NONE", "GZIP"})
    void examplesOfADataFrame(Compression compression) throws Exception {
        StructType schema =
                StructType.fromDDL("id BIGINT, floats ARRAY<FLOAT>, name STRING, yes BOOLEAN, words ARRAY<STRING>");
        List<Row> rows = IntStream.range(0, 50)
                .mapToObj(i -> RowFactory.create(
                        (long) i,
                        List.of(i + 0.5f, -1f),
                        i % 5 == 0 ? null : "é" + i,
                        i % 2 == 0,
                        List.of("a", "b" + i)))
                .toList();
        TFRecords.write(
                LocalSession.spark().createDataFrame(rows, schema).coalesce(1),
                folder.resolve("out").toString(),
                TFRecordOptions.builder().compression(compression).build());

        List<byte[]> records = readByTensorFlow(onlyFile("out"), compression.tensorflowName());

        assertThat(records).hasSize(50);
        for (int i = 0; i < 50; i++) {
            try (Graph graph = new Graph();
                    Session session = new Session(graph)) {
                Ops tf = Ops.create(graph);
                ParseExample parsed = ParseExample.create(
                        tf.scope(),
                        serialized(tf, records.get(i)),
                        strings(tf, ""),
                        strings(tf),
                        strings(tf, "id", "floats", "name", "yes", "words"),
                        strings(tf),
                        List.of(
                                tf.constant(new long[0]),
                                tf.constant(new float[0]),
                                tf.constant("none"),
                                tf.constant(new long[0]),
                                strings(tf)),
                        0L,
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(Shape.scalar(), Shape.of(2), Shape.scalar(), Shape.scalar(), Shape.of(2)));
                try (Result result = fetch(session, parsed.denseValues())) {
                    assertThat(((TInt64) result.get(0)).getLong(0)).isEqualTo(i);
                    assertThat(((TFloat32) result.get(1)).getFloat(0, 0)).isEqualTo(i + 0.5f);
                    assertThat(((TString) result.get(2)).getObject(0)).isEqualTo(i % 5 == 0 ? "none" : "é" + i);
                    assertThat(((TInt64) result.get(3)).getLong(0)).isEqualTo(i % 2 == 0 ? 1 : 0);
                    assertThat(((TString) result.get(4)).getObject(0, 1)).isEqualTo("b" + i);
                }
            }
        }
    }

    @Test
    void sequenceExamplesOfADataFrame() throws Exception {
        StructType schema = StructType.fromDDL("user STRING, clicks ARRAY<ARRAY<BIGINT>>");
        Row row = RowFactory.create("ann", List.of(List.of(1L, 2L), List.of(3L, 4L), List.of(5L, 6L)));
        TFRecords.write(
                LocalSession.spark().createDataFrame(List.of(row), schema).coalesce(1),
                folder.resolve("out").toString(),
                TFRecordOptions.builder()
                        .recordType(RecordType.SEQUENCE_EXAMPLE)
                        .build());

        byte[] record = readByTensorFlow(onlyFile("out"), "").get(0);

        try (Graph graph = new Graph();
                Session session = new Session(graph)) {
            Ops tf = Ops.create(graph);
            Operand<TString> none = strings(tf);
            ParseSequenceExample parsed = ParseSequenceExample.create(
                    tf.scope(),
                    serialized(tf, record),
                    strings(tf, ""),
                    none,
                    strings(tf, "user"),
                    none,
                    none,
                    strings(tf, "clicks"),
                    none,
                    tf.constant(new boolean[] {false}),
                    List.of(tf.constant("")),
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of(TInt64.class),
                    List.of(),
                    List.of(),
                    List.of(),
                    ParseSequenceExample.contextDenseShapes(Shape.scalar()),
                    ParseSequenceExample.NfeatureListDense(1L),
                    ParseSequenceExample.featureListDenseShapes(Shape.of(2)));
            try (Result result = fetch(
                    session,
                    List.of(
                            parsed.contextDenseValues().get(0),
                            parsed.featureListDenseValues().get(0)))) {
                assertThat(((TString) result.get(0)).getObject(0)).isEqualTo("ann");
                TInt64 clicks = (TInt64) result.get(1);
                assertThat(clicks.shape()).isEqualTo(Shape.of(1, 3, 2));
                assertThat(clicks.getLong(0, 2, 1)).isEqualTo(6);
            }
        }
    }

    private static Operand<TString> serialized(Ops tf, byte[] record) {
        return tf.constantOf(TString.tensorOfBytes(NdArrays.vectorOfObjects(record)));
    }

    private static Operand<TString> strings(Ops tf, String... values) {
        return tf.constantOf(
                values.length == 0
                        ? TString.tensorOf(NdArrays.ofObjects(String.class, Shape.of(0)))
                        : TString.vectorOf(values));
    }

    private static Result fetch(Session session, List<? extends Output<?>> outputs) {
        Session.Runner runner = session.runner();
        outputs.forEach(runner::fetch);
        return runner.run();
    }
}
