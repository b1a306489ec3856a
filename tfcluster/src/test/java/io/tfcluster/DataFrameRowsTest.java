package io.tfcluster;

import static io.tfcluster.FrameCells.seq;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfcluster.feeding.EncodedBlock;
import io.tfcluster.feeding.FeedConfig;
import io.tfcluster.feeding.FeedPartition;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.feeding.PartitionFeeder;
import io.tfcluster.feeding.RowEncoder;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(120)
final class DataFrameRowsTest {
    @RegisterExtension
    static final LocalSpark SPARK = new LocalSpark();

    private static final FeedSchema SCHEMA =
            FeedSchema.builder().float32("image", 2).int64("label").build();

    private record Encode<T>(FeedSchema schema, RowEncoder<T> encoder)
            implements FlatMapFunction<Iterator<T>, EncodedBlock>, Serializable {
        @Override
        public Iterator<EncodedBlock> call(Iterator<T> rows) {
            return PartitionFeeder.encode(new FeedPartition("train", 0, 0, 0), rows, FeedConfig.of(schema), encoder);
        }
    }

    private static Dataset<Row> frame(StructType data, Row... rows) {
        return SPARK.session().createDataFrame(List.of(rows), data);
    }

    private static List<byte[]> encode(DataFrameRows rows, FeedSchema schema) {
        JavaRDD<EncodedBlock> blocks = rows.rdd().mapPartitions(new Encode<>(schema, rows.encoder()));
        return blocks.collect().stream().map(EncodedBlock::payload).toList();
    }

    private static List<Long> labels(DataFrameRows rows, FeedSchema schema) {
        List<Long> labels = new ArrayList<>();
        for (byte[] block : encode(rows, schema)) {
            ByteBuffer cells = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
            int count = block.length / 16;
            for (int i = 0; i < count; i++) {
                labels.add(cells.getLong(8 * (count + i)));
            }
        }
        return labels;
    }

    private static final StructType PIXELS = new StructType()
            .add("class", DataTypes.IntegerType)
            .add("odd.pixels`", DataTypes.createArrayType(DataTypes.DoubleType))
            .add("label", DataTypes.StringType);

    @Test
    void theMappingNamesTheColumnThatFillsEachOfTheFeed() {
        Dataset<Row> rows = frame(
                PIXELS, RowFactory.create(7, seq(1.0, 2.0), "seven"), RowFactory.create(8, seq(3.0, 4.0), "eight"));

        DataFrameRows frame =
                DataFrameRows.of(rows.coalesce(1), Map.of("class", "label", "odd.pixels`", "image"), "train", SCHEMA);

        ByteBuffer cells = ByteBuffer.wrap(encode(frame, SCHEMA).get(0)).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(new float[] {cells.getFloat(), cells.getFloat(), cells.getFloat(), cells.getFloat()})
                .containsExactly(1, 2, 3, 4);
        assertThat(cells.getLong()).isEqualTo(7);
        assertThat(cells.getLong()).isEqualTo(8);
    }

    @Test
    void everyRowComesOnceOutOfShufflesSortsAndCaches() {
        Dataset<Row> rows = SPARK.session()
                .range(0, 5_000, 1, 4)
                .selectExpr("id as label", "array(cast(id as float), cast(2 * id as float)) as image");
        Long[] all = IntStream.range(0, 5_000).mapToObj(Long::valueOf).toArray(Long[]::new);
        Dataset<Row> cached = rows.persist(StorageLevel.MEMORY_ONLY());
        try {
            for (Dataset<Row> frame : List.of(rows, cached, rows.repartition(3), rows.sort("image"))) {
                assertThat(labels(DataFrameRows.of(frame, Map.of(), "train", SCHEMA), SCHEMA))
                        .containsExactlyInAnyOrder(all);
            }
        } finally {
            cached.unpersist(true);
        }
        assertThat(labels(DataFrameRows.of(rows.sort("image"), Map.of(), "train", SCHEMA), SCHEMA))
                .containsExactly(all);
    }

    @Test
    void aDataFrameIsEncodedLikeTheRowsOfItsRdd() {
        StructType data = new StructType()
                .add("text", DataTypes.StringType)
                .add("vector", FrameCells.VECTOR)
                .add("image", FrameCells.IMAGE)
                .add("nested", DataTypes.createArrayType(DataTypes.createArrayType(DataTypes.ShortType)));
        Dataset<Row> rows = frame(
                        data,
                        RowFactory.create(
                                "grün",
                                Vectors.dense(1, 2),
                                FrameCells.image(1, 1, 3, new byte[] {1, 2, 3}),
                                seq(seq((short) 1), seq((short) 2))),
                        RowFactory.create(
                                "",
                                Vectors.sparse(2, new int[] {1}, new double[] {5}),
                                FrameCells.image(1, 1, 3, new byte[] {4, 5, 6}),
                                seq(seq((short) 3), seq((short) 4))))
                .coalesce(1);
        FeedSchema schema = DataFrameSchema.derive(rows, Map.of());

        List<byte[]> expected = rows.javaRDD()
                .mapPartitions(new Encode<Row>(schema, new SparkRowEncoder(schema)))
                .map(EncodedBlock::payload)
                .collect();

        assertThat(encode(DataFrameRows.of(rows, Map.of(), "train", schema), schema))
                .hasSize(1)
                .first()
                .isEqualTo(expected.get(0));
    }

    @Test
    void whatDoesNotFitIsShownBeforeAnyJob() {
        Dataset<Row> rows = frame(PIXELS);

        assertThatThrownBy(() -> DataFrameRows.of(
                        rows, Map.of("class", "lable", "pixles", "image", "label", "image"), "train", SCHEMA))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("feed \"train\"; correct the input mapping")
                .hasMessageMatching("(?s).*image +FLOAT32 2 +label, pixles +<- 2 columns for one.*")
                .hasMessageMatching("(?s).*label +INT64 +missing +<- not in the mapping, but in the DataFrame.*")
                .hasMessageMatching("(?s).*lable +- +class +<- the feed has no column lable.*");
        assertThatThrownBy(() -> DataFrameRows.of(rows, Map.of("pixles", "image", "label", "label"), "train", SCHEMA))
                .hasMessageMatching("(?s).*image +FLOAT32 2 +pixles missing +<- does not fit.*")
                .hasMessageMatching("(?s).*label +INT64 +label string +<- does not fit.*");
        assertThatThrownBy(() -> DataFrameRows.of(rows.withColumnRenamed("class", "label"), Map.of(), "train", SCHEMA))
                .hasMessageMatching("(?s).*label +INT64 +twice +<- 2 columns of that name.*");
    }

    @Test
    void theLengthThatSparkMlHasNotedIsChecked() {
        Dataset<Row> assembled = new VectorAssembler()
                .setInputCols(new String[] {"id", "label"})
                .setOutputCol("image")
                .transform(SPARK.session().range(3).selectExpr("id", "id as label"));

        DataFrameRows.of(assembled, Map.of(), "train", SCHEMA);

        FeedSchema other = FeedSchema.builder().float32("image", 3).build();
        assertThatThrownBy(() -> DataFrameRows.of(assembled, Map.of(), "train", other))
                .hasMessageMatching("(?s).*image +FLOAT32 3 +vector of 2 +<- does not fit.*");
    }
}
