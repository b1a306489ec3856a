package io.tfcluster.records;

import static io.tfcluster.records.Examples.bytes;
import static io.tfcluster.records.Examples.example;
import static io.tfcluster.records.Examples.floats;
import static io.tfcluster.records.Examples.ints;
import static io.tfcluster.records.Examples.list;
import static io.tfcluster.records.Examples.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.proto.Feature;
import org.tensorflow.proto.SequenceExample;

/** Columns that are made of records, or given. */
@Timeout(120)
final class SchemaTest {
    private static final byte[] NOT_UTF8 = {(byte) 0xff, (byte) 0xd8};

    @TempDir
    private Path folder;

    private Dataset<Row> read() {
        return read(TFRecordOptions.builder().build());
    }

    private Dataset<Row> read(TFRecordOptions options) {
        return TFRecords.read(LocalSession.spark(), folder.toString(), options);
    }

    private Dataset<Row> read(String ddl) {
        return read(TFRecordOptions.builder().schema(StructType.fromDDL(ddl)).build());
    }

    private Path file(String name) {
        return folder.resolve(name);
    }

    @Test
    void theLastRecordOfTheLastFileCounts() throws Exception {
        for (int i = 0; i < 20; i++) {
            Examples.write(file("part-%02d".formatted(i)), example("n", ints(i), "always", floats(1), "s", text("a")));
        }
        Examples.write(
                file("part-20.gz"),
                example("n", ints(20), "always", floats(1), "s", text("b")),
                example("n", ints(1, 2), "always", floats(2), "late", text("x"), "s", bytes(NOT_UTF8)));

        Dataset<Row> rows = read();

        assertThat(rows.schema().toDDL())
                .isEqualTo("always FLOAT NOT NULL,late STRING,n ARRAY<BIGINT> NOT NULL,s BINARY NOT NULL");
        assertThat(rows.count()).isEqualTo(22);
        assertThat(rows.select("n").collectAsList().get(21).<Long>getList(0)).containsExactly(1L, 2L);
        assertThat((byte[]) rows.select("s").collectAsList().get(0).get(0)).containsExactly('a');
    }

    @Test
    void featureWithoutAKindIsMissingAndOneWithoutValuesIsAnEmptyArray() throws Exception {
        Feature nothing = Feature.getDefaultInstance();
        Examples.write(
                file("a"),
                example("unset", nothing, "sometimes", nothing, "empty", ints()),
                example("unset", nothing, "sometimes", ints(3), "empty", ints(4)));

        Dataset<Row> rows = read();

        assertThat(rows.schema().toDDL()).isEqualTo("empty ARRAY<BIGINT> NOT NULL,sometimes BIGINT,unset STRING");
        List<Row> all = rows.collectAsList();
        assertThat(all.get(0).<Long>getList(0)).isEmpty();
        assertThat(all.get(0).isNullAt(1)).isTrue();
        assertThat(all.get(1).getLong(1)).isEqualTo(3);
        assertThat(all.get(1).isNullAt(2)).isTrue();
    }

    @Test
    void hintsMakeBinaryColumnsOfText() throws Exception {
        Examples.write(file("a"), example("image", text("only letters"), "label", text("cat"), "n", ints(1)));

        Dataset<Row> rows =
                read(TFRecordOptions.builder().binaryColumns("image").build());

        assertThat(rows.schema().toDDL()).isEqualTo("image BINARY NOT NULL,label STRING NOT NULL,n BIGINT NOT NULL");
        assertThatThrownBy(() ->
                        read(TFRecordOptions.builder().binaryColumns("imgae").build()))
                .hasMessageContaining("binaryColumns names imgae, but the features are [image, label, n]");
        assertThatThrownBy(
                        () -> read(TFRecordOptions.builder().binaryColumns("n").build()))
                .hasMessageContaining("binaryColumns names n, but that feature holds int64 values");
        assertThatThrownBy(() -> TFRecordOptions.builder()
                        .binaryColumns("image")
                        .schema(rows.schema())
                        .build())
                .hasMessageContaining("hints for a schema that is inferred");
    }

    @Test
    void kindsThatDifferAreToldWithBothFiles() throws Exception {
        for (int i = 0; i < 8; i++) {
            Examples.write(file("part-" + i), example("x", ints(1)), example("x", i == 6 ? floats(1) : ints(2)));
        }

        assertThatThrownBy(this::read)
                .isInstanceOf(TFRecordException.class)
                .hasMessageContaining("feature x holds ")
                .hasMessageContaining("int64 values in record ")
                .hasMessageContaining("float values in record 1 of file:" + file("part-6"));
    }

    @Test
    void sequenceExamplesHaveContextAndLists() throws Exception {
        SequenceExample.Builder first = SequenceExample.newBuilder();
        first.getContextBuilder().putFeature("user", text("ann")).putFeature("tags", text("a", "b"));
        first.getFeatureListsBuilder()
                .putFeatureList("clicks", list(ints(1), ints(2, 3)))
                .putFeatureList("none", list());
        SequenceExample.Builder second = SequenceExample.newBuilder();
        second.getContextBuilder().putFeature("user", text("bob"));
        second.getFeatureListsBuilder().putFeatureList("none", list(Feature.getDefaultInstance()));
        Examples.write(
                file("a"), List.of(first.build().toByteArray(), second.build().toByteArray()));
        TFRecordOptions options = TFRecordOptions.builder()
                .recordType(RecordType.SEQUENCE_EXAMPLE)
                .build();

        Dataset<Row> rows = read(options);

        assertThat(rows.schema().toDDL())
                .isEqualTo(
                        "clicks ARRAY<ARRAY<BIGINT>>,none ARRAY<ARRAY<STRING>> NOT NULL,tags ARRAY<STRING>,user STRING NOT NULL");
        assertThat(rows.selectExpr("to_json(struct(*))")
                        .as(org.apache.spark.sql.Encoders.STRING())
                        .collectAsList())
                .containsExactly(
                        "{\"clicks\":[[1],[2,3]],\"none\":[],\"tags\":[\"a\",\"b\"],\"user\":\"ann\"}",
                        "{\"none\":[[]],\"user\":\"bob\"}");
    }

    @Test
    void nameOfContextAndListIsToldAndASchemaDecides() throws Exception {
        SequenceExample.Builder both = SequenceExample.newBuilder();
        both.getContextBuilder().putFeature("x", ints(1));
        both.getFeatureListsBuilder().putFeatureList("x", list(ints(2)));
        Examples.write(file("a"), List.of(both.build().toByteArray()));
        TFRecordOptions.Builder options = TFRecordOptions.builder().recordType(RecordType.SEQUENCE_EXAMPLE);

        assertThatThrownBy(() -> read(options.build()))
                .hasMessageContaining("the name x stands for a context feature and for a feature list");
        assertThat(read(options.schema(StructType.fromDDL("x BIGINT")).build())
                        .first()
                        .getLong(0))
                .isEqualTo(1);
    }

    @Test
    void givenSchemaIsCheckedAgainstEachRecord() throws Exception {
        Examples.write(
                file("a"), example("x", ints(1), "s", text("ok")), example("x", ints(1, 300), "s", bytes(NOT_UTF8)));
        String at = "record 1 of file:" + file("a") + ": feature ";

        assertThat(read("x ARRAY<INT>, missing FLOAT").collectAsList())
                .hasSize(2)
                .allMatch(row -> row.isNullAt(1));
        assertThatThrownBy(() -> read("x INT").collectAsList())
                .hasMessageContaining(at + "x has 2 values; make the column an array");
        assertThatThrownBy(() -> read("x ARRAY<TINYINT>").collectAsList())
                .hasMessageContaining(at + "x holds 300, which does not fit into the column's type tinyint");
        assertThatThrownBy(() -> read("s STRING").collectAsList())
                .hasMessageContaining(at + "s holds 2 bytes that are not UTF-8");
        assertThatThrownBy(() -> read("s FLOAT").collectAsList())
                .hasMessageContaining("feature s holds bytes values, but the column is of float values");
        assertThatThrownBy(() -> read("missing INT NOT NULL").collectAsList())
                .hasMessageContaining("feature missing has no value, but the column is not nullable");
        assertThatThrownBy(() -> read("x DATE")).hasMessageContaining("column x is date");
    }

    @Test
    void damageFoundWhileInferringIsOursNotSparks() throws Exception {
        Examples.write(file("a"), example("x", ints(1)));
        byte[] content = Files.readAllBytes(file("a"));
        content[content.length - 1] ^= 1;
        Files.write(file("a"), content);

        assertThatThrownBy(this::read)
                .isInstanceOf(TFRecordException.class)
                .hasMessageStartingWith("record 0 of file:" + file("a") + ", at byte 0: the CRC of the record's");
        assertThatThrownBy(() -> read("x INT").count()).hasMessageContaining("record 0 of file:" + file("a"));
        assertThat(read(TFRecordOptions.builder()
                                .skipCorrupt(true)
                                .schema(StructType.fromDDL("x INT"))
                                .build())
                        .count())
                .isZero();
    }

    @Test
    void recordsOfAnotherTypeAreToldSo() throws Exception {
        Examples.write(file("a"), List.of(new byte[] {1, 2, 3}));

        assertThatThrownBy(this::read)
                .isInstanceOf(TFRecordException.class)
                .hasMessageContaining("record 0 of file:" + file("a") + ": is no Example")
                .hasMessageContaining("set recordType");
    }

    @Test
    void noRecordsTellNoColumns() throws Exception {
        Files.createFile(file("a"));

        assertThatThrownBy(this::read)
                .hasMessageContaining("no records in " + folder + " tell the columns; give a schema");
        assertThat(read("x INT").collectAsList()).isEmpty();
    }
}
