package io.tfcluster.tools;

import io.tfcluster.FeedInput;
import io.tfcluster.feeding.Column;
import io.tfcluster.feeding.ColumnType;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.feeding.RowEncoder;
import io.tfcluster.feeding.RowWriter;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** The columns of a feed as an argument, {@code x:float32[28,28],y:int64}, and rows of zeros for them. */
final class FeedColumns {
    private static final Pattern COLUMN = Pattern.compile("([^:,\\[\\]]+):([A-Za-z0-9]+)(?:\\[([0-9, ]*)])?");

    private FeedColumns() {}

    /**
     * Reads columns.
     *
     * @throws IllegalArgumentException if the text is none
     */
    static FeedSchema parse(String text) {
        FeedSchema.Builder schema = FeedSchema.builder();
        for (String column : text.split(",(?![^\\[]*])", -1)) {
            Matcher matcher = COLUMN.matcher(column.strip());
            if (!matcher.matches()) {
                throw new IllegalArgumentException(
                        "a column is NAME:TYPE or NAME:TYPE[SIZE,…], as x:float32[784], got \"" + column + "\"");
            }
            String shape = matcher.group(3);
            long[] sizes = shape == null || shape.isBlank()
                    ? new long[0]
                    : Arrays.stream(shape.split(",", -1))
                            .mapToLong(size -> Long.parseLong(size.strip()))
                            .toArray();
            schema.column(matcher.group(1), type(matcher.group(2)), sizes);
        }
        return schema.build();
    }

    private static ColumnType type(String name) {
        return Arrays.stream(ColumnType.values())
                .filter(type -> type.name().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("\"" + name + "\" is no type of a column; there are "
                        + Arrays.toString(ColumnType.values()).toLowerCase(Locale.ROOT)));
    }

    /** Returns as many rows whose cells are zeros, and empty where they have any length. */
    static FeedInput zeros(SparkSession spark, FeedSchema schema, int rows) {
        List<Integer> numbers = Collections.nCopies(rows, 0);
        return FeedInput.of(
                JavaSparkContext.fromSparkContext(spark.sparkContext()).parallelize(numbers, 1), new Zeros(schema));
    }

    private record Zeros(FeedSchema schema) implements RowEncoder<Integer> {
        @Override
        public void encode(Integer row, RowWriter out) {
            for (Column column : schema.columns()) {
                int elements = column.elements();
                switch (column.type()) {
                    case UINT8 -> out.putBytes(new byte[elements]);
                    case INT32 -> out.putInts(new int[elements]);
                    case INT64 -> out.putLongs(new long[elements]);
                    case FLOAT32 -> out.putFloats(new float[elements]);
                    case FLOAT64 -> out.putDoubles(new double[elements]);
                    case BOOL -> out.putBooleans(new boolean[elements]);
                    case STRING -> out.putString("");
                    case BINARY -> out.putBytes(new byte[0]);
                }
            }
        }
    }
}
