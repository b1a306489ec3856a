package io.tfcluster.records;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.FilterFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written comes back the same. */
@Timeout(120)
final class RoundTripTest {
    private static final StructType FLAT =
            StructType.fromDDL("id BIGINT, i INT, s SMALLINT, b TINYINT, yes BOOLEAN, f FLOAT, d DOUBLE,"
                    + " text STRING, raw BINARY, longs ARRAY<BIGINT>, ints ARRAY<INT>, flags ARRAY<BOOLEAN>, floats ARRAY<FLOAT>,"
                    + " doubles ARRAY<DOUBLE>, texts ARRAY<STRING>, raws ARRAY<BINARY>");
    private static final StructType NESTED = FLAT.add("steps", DataType.fromDDL("ARRAY<ARRAY<FLOAT>>"))
            .add("words", DataType.fromDDL("ARRAY<ARRAY<STRING>>"));

    @TempDir
    private Path folder;

    private static Dataset<Row> frame(StructType schema, Row... rows) {
        return LocalSession.spark().createDataFrame(List.of(rows), schema);
    }

    private static Dataset<Row> frame(StructType schema, List<Row> rows, int partitions) {
        return LocalSession.spark()
                .createDataFrame(rows, schema)
                .repartitionByRange(partitions, functions.col(schema.fieldNames()[0]));
    }

    private String target() {
        return folder.resolve("out").toString();
    }

    private List<String> dataFiles() throws Exception {
        try (Stream<Path> files = Files.list(folder.resolve("out"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !DataFiles.hidden(name))
                    .sorted()
                    .toList();
        }
    }

    /** Floats within doubles, since records keep 32 bits; never null in an array, since records hold none. */
    private static Object random(DataType type, Random random) {
        Supplier<String> text = () -> new String(
                IntStream.range(0, random.nextInt(6))
                        .map(i -> "aä€\uD83D\uDE00b ".codePoints().toArray()[random.nextInt(6)])
                        .toArray(),
                0,
                0);
        return switch (type.catalogString()) {
            case "bigint" -> random.nextLong();
            case "int" -> random.nextInt();
            case "smallint" -> (short) random.nextInt();
            case "tinyint" -> (byte) random.nextInt();
            case "boolean" -> random.nextBoolean();
            case "float" -> Float.intBitsToFloat(random.nextInt() & 0xbfffffff);
            case "double" -> (double) random.nextFloat();
            case "string" -> text.get() + Long.toString(random.nextLong(), 36);
            case "binary" -> {
                byte[] bytes = new byte[random.nextInt(5)];
                random.nextBytes(bytes);
                yield bytes;
            }
            default -> {
                DataType element = ((org.apache.spark.sql.types.ArrayType) type).elementType();
                yield IntStream.range(0, random.nextInt(4))
                        .mapToObj(i -> random(element, random))
                        .toList();
            }
        };
    }

    private static List<Row> randomRows(StructType schema, int count, long seed) {
        Random random = new Random(seed);
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Object[] cells = new Object[schema.size()];
            cells[0] = (long) i;
            for (int c = 1; c < cells.length; c++) {
                cells[c] = random.nextInt(5) == 0 ? null : random(schema.fields()[c].dataType(), random);
            }
            rows.add(RowFactory.create(cells));
        }
        return rows;
    }

    private static List<String> texts(List<Row> rows) {
        return rows.stream().map(row -> text(row.toSeq())).toList();
    }

    /** Equal if all cells are, arrays of bytes too. */
    private static String text(Object cell) {
        if (cell instanceof byte[] bytes) {
            return Arrays.toString(bytes);
        }
        if (cell instanceof scala.collection.Seq<?> seq) {
            cell = scala.collection.JavaConverters.seqAsJavaList(seq);
        }
        if (cell instanceof List<?> list) {
            return list.stream().map(RoundTripTest::text).toList().toString();
        }
        return String.valueOf(cell);
    }

    @ParameterizedTest
    @CsvSource({"EXAMPLE, NONE, 1", "EXAMPLE, GZIP, 2", "SEQUENCE_EXAMPLE, NONE, 3", "SEQUENCE_EXAMPLE, GZIP, 4"})
    void randomRowsComeBackInOrder(RecordType type, Compression compression, long seed) throws Exception {
        StructType schema = type == RecordType.EXAMPLE ? FLAT : NESTED;
        List<Row> rows = randomRows(schema, 200, seed);
        TFRecordOptions writing = TFRecordOptions.builder()
                .recordType(type)
                .compression(compression)
                .build();
        TFRecordOptions reading =
                TFRecordOptions.builder().recordType(type).schema(schema).build();

        TFRecords.write(frame(schema, rows, 3), target(), writing);
        Dataset<Row> back = TFRecords.read(LocalSession.spark(), target(), reading);

        assertThat(back.schema()).isEqualTo(schema);
        assertThat(texts(back.collectAsList())).containsExactlyElementsOf(texts(rows));
        assertThat(dataFiles())
                .hasSize(3)
                .allMatch(name -> name.startsWith("part-0000") && name.endsWith(compression.extension()));
    }

    @Test
    void inferredColumnsAreTheWidestOfTheirKind() {
        Dataset<Row> rows = frame(FLAT, randomRows(FLAT, 100, 9), 2);

        TFRecords.write(rows, target());
        Dataset<Row> back = TFRecords.read(LocalSession.spark(), target());

        assertThat(back.schema().toDDL().replace(" NOT NULL", ""))
                .isEqualTo(
                        "b BIGINT,d FLOAT,doubles ARRAY<FLOAT>,f FLOAT,flags ARRAY<BIGINT>,floats ARRAY<FLOAT>,i BIGINT,id BIGINT,"
                                + "ints ARRAY<BIGINT>,longs ARRAY<BIGINT>,raw BINARY,raws ARRAY<BINARY>,s BIGINT,text STRING,"
                                + "texts ARRAY<STRING>,yes BIGINT");
        assertThat(back.schema().apply("id").nullable()).isFalse();
        assertThat(back.schema().apply("text").nullable()).isTrue();
        assertThat(back.count()).isEqualTo(100);
    }

    @Test
    void examplesAndRowsChangeIntoEachOther() {
        Row row = frame(NESTED, randomRows(NESTED, 3, 5), 1).collectAsList().get(2);
        Row flat = frame(FLAT, randomRows(FLAT, 3, 5), 1).collectAsList().get(1);

        assertThat(text(TFRecords.fromSequenceExample(TFRecords.toSequenceExample(row), NESTED)
                        .toSeq()))
                .isEqualTo(text(row.toSeq()));
        assertThat(text(TFRecords.fromExample(TFRecords.toExample(flat), FLAT).toSeq()))
                .isEqualTo(text(flat.toSeq()));
        assertThatThrownBy(() -> TFRecords.toExample(RowFactory.create(1)))
                .hasMessageContaining("the row has no schema");
        assertThatThrownBy(() -> TFRecords.toExample(row))
                .hasMessageContaining("column steps is array<array<float>>")
                .hasMessageContaining("take record type SequenceExample");
    }

    @Test
    void rawRecordsStayAsTheyAre() {
        StructType schema = StructType.fromDDL("payload BINARY");
        TFRecordOptions raw =
                TFRecordOptions.builder().recordType(RecordType.BYTE_ARRAY).build();

        TFRecords.write(
                frame(schema, RowFactory.create((Object) "any".getBytes(StandardCharsets.UTF_8))), target(), raw);
        Dataset<Row> back = TFRecords.read(LocalSession.spark(), target(), raw);

        assertThat(back.columns()).containsExactly("byteArray");
        assertThat((byte[]) back.first().get(0))
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("any");
        assertThatThrownBy(() -> TFRecords.write(frame(FLAT), target(), raw))
                .hasMessageContaining("one column of type binary");
    }

    @Test
    void vectorsBecomeArraysOfFloats() {
        StructType schema = new StructType()
                .add("dense", new org.apache.spark.ml.linalg.VectorUDT())
                .add("sparse", new org.apache.spark.ml.linalg.VectorUDT());
        Row row = RowFactory.create(
                org.apache.spark.ml.linalg.Vectors.dense(1, 2.5),
                org.apache.spark.ml.linalg.Vectors.sparse(4, new int[] {1, 3}, new double[] {7, 8}));

        TFRecords.write(frame(schema, row), target());
        Row back = TFRecords.read(LocalSession.spark(), target()).first();

        assertThat(back.<Float>getList(0)).containsExactly(1f, 2.5f);
        assertThat(back.<Float>getList(1)).containsExactly(0f, 7f, 0f, 8f);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "DECIMAL(10,2) | column x is decimal(10,2) | cast it to double",
                "TIMESTAMP | column x is timestamp | cast it to bigint",
                "DATE | column x is date | cast it to bigint",
                "STRUCT<a: INT> | column x is struct<a:int> | select its fields",
                "MAP<STRING, INT> | column x is map<string,int> | map_keys",
                "ARRAY<DATE> | column x is array<date> | cast it to bigint",
                "ARRAY<ARRAY<INT>> | column x is array<array<int>> | SequenceExample",
                "ARRAY<ARRAY<ARRAY<INT>>> | column x is array<array<array<int>>> | flatten it",
                "VOID | column x is void | leave it out",
            })
    void columnThatNoRecordHoldsIsRefusedBeforeAnyJob(String type, String what, String remedy) {
        StructType schema = StructType.fromDDL("id INT").add("x", DataType.fromDDL(type));

        assertThatThrownBy(() -> TFRecords.write(frame(schema), target()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(what)
                .hasMessageContaining(remedy);
        assertThat(folder.resolve("out")).doesNotExist();
    }

    @Test
    void columnsOfOneNameAreRefused() {
        Dataset<Row> rows = LocalSession.spark().sql("SELECT 1 AS a, 2 AS a");

        assertThatThrownBy(() -> TFRecords.write(rows, target())).hasMessageContaining("two columns are named a");
    }

    @Test
    void rowThatFitsNoRecordIsToldWithColumnAndPlaceAndLeavesNothing() {
        StructType schema = StructType.fromDDL("id BIGINT, xs ARRAY<INT>, d DOUBLE");
        Row good = RowFactory.create(0L, List.of(1), 1.0);

        assertThatThrownBy(() -> TFRecords.write(
                        frame(schema, List.of(good, RowFactory.create(1L, Arrays.asList(1, null, 3), 1.0)), 1),
                        target()))
                .isInstanceOf(TFRecordException.class)
                .hasMessageContaining("row 1 of partition 0: column xs has a null at place 1 of 3");
        assertThat(folder.resolve("out")).doesNotExist();
        assertThatThrownBy(() -> TFRecords.write(
                        frame(schema, RowFactory.create(0L, List.of(), 1e300)),
                        folder.resolve("other").toString()))
                .hasMessageContaining("column d holds 1.0E300, which is too large for the 32-bit floats");
    }

    @Test
    void taskThatFailedHalfwayLeavesNoRowBehind() throws Exception {
        FilterFunction<Long> failsOnce = id -> {
            if (id == 70 && TaskContext.get().attemptNumber() == 0) {
                throw new IllegalStateException("lost on the way");
            }
            return true;
        };
        Dataset<Row> rows = LocalSession.spark()
                .range(0, 100, 1, 3)
                .as(Encoders.LONG())
                .filter(failsOnce)
                .toDF("id");

        TFRecords.write(rows, target());

        assertThat(dataFiles()).hasSize(3);
        assertThat(TFRecords.read(LocalSession.spark(), target()).collectAsList())
                .extracting(row -> row.getLong(0))
                .containsExactlyElementsOf(LongStream.range(0, 100).boxed().toList());
    }

    @ParameterizedTest
    @EnumSource(SaveMode.class)
    void saveModesAreThoseOfSpark(SaveMode mode) {
        StructType schema = StructType.fromDDL("id BIGINT");
        TFRecordOptions options = TFRecordOptions.builder().saveMode(mode).build();
        TFRecords.write(frame(schema, RowFactory.create(1L)), target(), options);

        Dataset<Row> second = frame(schema, RowFactory.create(2L));
        if (mode == SaveMode.ErrorIfExists) {
            assertThatThrownBy(() -> TFRecords.write(second, target(), options))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(target() + " is there already");
        } else {
            TFRecords.write(second, target(), options);
        }

        Long[] expected = Map.of(
                        SaveMode.Append, new Long[] {1L, 2L},
                        SaveMode.Overwrite, new Long[] {2L},
                        SaveMode.Ignore, new Long[] {1L},
                        SaveMode.ErrorIfExists, new Long[] {1L})
                .get(mode);
        assertThat(TFRecords.read(LocalSession.spark(), target()).collectAsList())
                .extracting(row -> row.getLong(0))
                .containsExactlyInAnyOrder(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tfrecord", "parquet"})
    void folderThatTheRowsAreReadFromIsNotOverwritten(String format) {
        TFRecordOptions overwrite =
                TFRecordOptions.builder().saveMode(SaveMode.Overwrite).build();
        frame(StructType.fromDDL("id BIGINT"), RowFactory.create(1L))
                .write()
                .format(format)
                .save(target());
        Dataset<Row> rows = LocalSession.spark().read().format(format).load(target());

        assertThatThrownBy(() -> TFRecords.write(rows.filter("id > 0"), target(), overwrite))
                .hasMessageContaining("the rows are read from " + target());
        assertThat(rows.count()).isEqualTo(1);
    }
}
