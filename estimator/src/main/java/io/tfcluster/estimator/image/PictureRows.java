package io.tfcluster.estimator.image;

import io.tfcluster.estimator.internal.FloatCell;
import java.util.Iterator;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;

/**
 * Each row of a partition beside what became of its picture, one after the other.
 *
 * @param <C> how the result travels to Spark: a bean for floats, a Row of value and error for all else
 */
final class PictureRows<C> implements MapPartitionsFunction<Row, Tuple2<Row, C>> {

    private static final long serialVersionUID = 1L;

    static final String VALUE = "value";
    static final String ERROR = "error";

    private static final int GREY_MODE = 0;
    private static final int BGR_MODE = 16;

    private final PicturePlan plan;
    private final CellMaker<C> maker;

    private PictureRows(PicturePlan plan, CellMaker<C> maker) {
        this.plan = plan;
        this.maker = maker;
    }

    private interface CellMaker<C> extends java.io.Serializable {
        C cell(@Nullable Object value, @Nullable String error);
    }

    static PictureRows<FloatCell> floats(PicturePlan plan) {
        return new PictureRows<>(plan, (value, error) -> new FloatCell((float[]) value, error));
    }

    static PictureRows<Row> others(PicturePlan plan) {
        return new PictureRows<>(plan, (value, error) -> RowFactory.create(value, error));
    }

    static Encoder<FloatCell> floatEncoder() {
        return Encoders.bean(FloatCell.class);
    }

    static Encoder<Row> otherEncoder(OutputType output) {
        return Encoders.row(new StructType().add(VALUE, output.dataType()).add(ERROR, DataTypes.StringType));
    }

    @Override
    public Iterator<Tuple2<Row, C>> call(Iterator<Row> rows) {
        ChainRunner runner = plan.runner();
        FloatTable table = new FloatTable(plan.chain());
        return new Iterator<>() {
            private long number;

            @Override
            public boolean hasNext() {
                return rows.hasNext();
            }

            @Override
            public Tuple2<Row, C> next() {
                Row row = rows.next();
                number++;
                try {
                    Pixels pixels = plan.pixels(runner, row);
                    return new Tuple2<>(
                            row, maker.cell(pixels == null ? null : value(row, pixels, table, runner), null));
                } catch (BrokenPictureException e) {
                    String reason = String.valueOf(e.getMessage());
                    if (plan.failing()) {
                        throw new ImageException(plan.describe(row, number), reason, e);
                    }
                    return new Tuple2<>(row, maker.cell(null, reason));
                }
            }
        };
    }

    private Object value(Row row, Pixels pixels, FloatTable table, ChainRunner runner) {
        ChannelOrder order = plan.chain().channelOrder();
        return switch (plan.output()) {
            case ARRAY -> table.floats(pixels);
            case VECTOR -> Vectors.dense(table.doubles(pixels));
            case BYTES -> FloatTable.bytes(pixels, order);
            case JPEG -> runner.jpeg(pixels, plan.quality());
            case IMAGE -> {
                boolean grey = order == ChannelOrder.GREY;
                yield RowFactory.create(
                        plan.origin(row),
                        pixels.height(),
                        pixels.width(),
                        order.channels(),
                        grey ? GREY_MODE : BGR_MODE,
                        grey ? FloatTable.bytes(pixels, order) : pixels.bgr());
            }
        };
    }
}
