package io.tfcluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.tfcluster.feeding.FeedException;
import io.tfcluster.feeding.FeedSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Both encoders of Spark's rows write the same bytes, and refuse the same rows. */
@Timeout(120)
final class RandomFramesTest {
    @Test
    void internalRowsAreEncodedLikeRows() {
        Random random = new Random(20_26);
        for (int frame = 0; frame < 150; frame++) {
            List<RandomColumn> columns = columns(random);
            FeedSchema.Builder builder = FeedSchema.builder();
            StructType data = new StructType();
            for (int i = 0; i < columns.size(); i++) {
                long[] shape =
                        columns.get(i).shape().stream().mapToLong(size -> size).toArray();
                builder.column("c" + i, columns.get(i).target(), shape);
                data = data.add("c" + i, columns.get(i).type());
            }
            FeedSchema schema = builder.build();
            FeedContract.match("train", schema, data, Map.of());
            List<Row> rows = new ArrayList<>();
            for (int i = random.nextInt(1, 40); i > 0; i--) {
                rows.add(row(columns));
            }

            byte[] expected = FrameCells.encode(schema, new SparkRowEncoder(schema), rows.iterator());

            InternalRowEncoder encoder = FrameCells.encoder(schema, data);
            StructType type = data;
            UnsafeProjection projection = FrameCells.projection(data);
            List<InternalRow> generic =
                    rows.stream().map(row -> FrameCells.generic(type, row)).toList();
            assertThat(FrameCells.encode(schema, encoder, generic.iterator()))
                    .as("%s of %s", schema, data)
                    .isEqualTo(expected);
            assertThat(FrameCells.<InternalRow>encode(
                            schema,
                            encoder,
                            generic.stream()
                                    .map(row -> (InternalRow) projection.apply(row))
                                    .iterator()))
                    .as("%s of %s, binary", schema, data)
                    .isEqualTo(expected);

            int spoilt = random.nextInt(columns.size());
            Object[] cells = new Object[columns.size()];
            for (int i = 0; i < cells.length; i++) {
                cells[i] =
                        i == spoilt ? columns.get(i).badCell() : columns.get(i).cell();
            }
            Row bad = RowFactory.create(cells);
            Throwable ofRow = catchThrowable(() -> FrameCells.encodeOne(schema, new SparkRowEncoder(schema), bad));
            Throwable ofInternal = catchThrowable(
                    () -> FrameCells.encodeOne(schema, encoder, projection.apply(FrameCells.generic(type, bad))));
            assertThat(List.of(ofRow, ofInternal))
                    .as("%s: %s", schema, bad)
                    .allSatisfy(thrown -> assertThat(thrown)
                            .isInstanceOf(FeedException.class)
                            .hasRootCauseInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining("c" + spoilt));
        }
    }

    private static List<RandomColumn> columns(Random random) {
        List<RandomColumn> columns = new ArrayList<>();
        for (int i = random.nextInt(1, 7); i > 0; i--) {
            columns.add(RandomColumn.of(random));
        }
        return columns;
    }

    private static Row row(List<RandomColumn> columns) {
        return RowFactory.create(columns.stream().map(RandomColumn::cell).toArray());
    }
}
