package io.tfcluster;

import io.tfcluster.feeding.ColumnType;
import io.tfcluster.feeding.FeedSchema;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the schema of a feed from a DataFrame, so that it need not be written down.
 *
 * <pre>{@code
 * FeedSchema schema = DataFrameSchema.derive(photos, Map.of("pixels", "image", "class", "label"));
 * ClusterConfig config = ClusterConfig.builder(4).feed("train", schema).build();
 * }</pre>
 */
public final class DataFrameSchema {
    private static final Logger log = LoggerFactory.getLogger(DataFrameSchema.class);

    private DataFrameSchema() {}

    /**
     * Returns a column for each of the DataFrame's, in the DataFrame's order, that holds all its values: byte, short and int become INT32, long
     * INT64, float FLOAT32, double FLOAT64, boolean BOOL, string STRING, binary BINARY; arrays of numbers or booleans, also in each other, get
     * a shape, Spark ML's vectors become FLOAT64 with a length, images of Spark's ImageSchema UINT8 of height, width, channels.
     *
     * <p>Lengths that neither the types nor Spark ML's notes on a vector column tell are those of the first row: a job that reads one row. All
     * rows must have them; a row with another length fails when it is fed.
     *
     * @param inputMapping DataFrame column to feed column; only the columns named are used. Empty: all columns, under their own names.
     * @throws IllegalArgumentException naming every column that cannot be fed and what to do about it
     */
    public static FeedSchema derive(Dataset<Row> rows, Map<String, String> inputMapping) {
        List<StructField> fields = fields(rows, inputMapping);
        Map<String, List<Long>> shapes = shapes(rows, fields);
        FeedSchema.Builder schema = FeedSchema.builder();
        for (StructField field : fields) {
            CellForm form = CellForm.of(field.dataType()).orElseThrow();
            ColumnType type = form.kind() == CellForm.Kind.IMAGE
                    ? ColumnType.UINT8
                    : form.element().natural();
            long[] shape = shapes.getOrDefault(field.name(), List.of()).stream()
                    .mapToLong(Long::longValue)
                    .toArray();
            schema.column(inputMapping.getOrDefault(field.name(), field.name()), type, shape);
        }
        return schema.build();
    }

    /** Returns whether a column of this type can be fed at all; see {@link #derive}. */
    public static boolean canFeed(StructField column) {
        return CellForm.of(column.dataType()).isPresent();
    }

    /**
     * Compares a DataFrame with a feed, as {@link TFCluster#train(Dataset, Map, int)} does before it feeds: for those who want to know before
     * they start a cluster.
     *
     * @param feed its name, for the error
     * @param inputMapping DataFrame column to feed column; only the columns named are used. Empty: columns of the same name.
     * @throws IllegalArgumentException if a column is missing or of a wrong type; the text shows both sides, a line each
     */
    public static void check(String feed, FeedSchema schema, StructType rows, Map<String, String> inputMapping) {
        FeedContract.match(feed, schema, rows, inputMapping);
    }

    /** Returns the columns to be fed, each of which has a form. */
    private static List<StructField> fields(Dataset<Row> rows, Map<String, String> inputMapping) {
        List<String> faults = new ArrayList<>();
        List<StructField> fields = Arrays.stream(rows.schema().fields())
                .filter(field -> inputMapping.isEmpty() || inputMapping.containsKey(field.name()))
                .toList();
        for (StructField field : fields) {
            if (CellForm.of(field.dataType()).isEmpty()) {
                faults.add(field.name() + " is of type " + FrameTypes.text(field) + ": "
                        + FrameTypes.advice(field.name(), field.dataType()));
            }
        }
        List<String> names = fields.stream().map(StructField::name).toList();
        Map<String, String> targets = new HashMap<>();
        for (String name : names) {
            String target = inputMapping.getOrDefault(name, name);
            String other = targets.put(target, name);
            if (other != null) {
                faults.add(
                        other.equals(name)
                                ? name + " comes twice: rename or drop one"
                                : other + " and " + name + " are both mapped to " + target);
            }
        }
        new TreeSet<>(inputMapping.keySet())
                .stream()
                        .filter(name -> !names.contains(name))
                        .forEach(name ->
                                faults.add(name + " is in the input mapping, but not in the DataFrame, which has "
                                        + Arrays.asList(rows.columns())));
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException(
                    "no feed can be made of these columns:\n  " + String.join("\n  ", faults));
        }
        return fields;
    }

    private static Map<String, List<Long>> shapes(Dataset<Row> rows, List<StructField> fields) {
        Map<String, List<Long>> shapes = new HashMap<>();
        List<StructField> unknown = new ArrayList<>();
        for (StructField field : fields) {
            CellForm.Kind kind = CellForm.of(field.dataType()).orElseThrow().kind();
            OptionalLong noted = FrameTypes.vectorLength(field);
            if (kind == CellForm.Kind.VECTOR && noted.isPresent()) {
                shapes.put(field.name(), List.of(noted.getAsLong()));
            } else if (kind != CellForm.Kind.SCALAR && kind != CellForm.Kind.VALUE) {
                unknown.add(field);
            }
        }
        if (unknown.isEmpty()) {
            return shapes;
        }
        List<String> names = unknown.stream().map(StructField::name).toList();
        Column[] columns =
                names.stream().map(name -> DataFrameRows.column(rows, name)).toArray(Column[]::new);
        Row first = rows.select(columns).takeAsList(1).stream()
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("the DataFrame has no row to see the lengths of "
                        + names + " from; give them with FeedSchema.builder()"));
        for (int i = 0; i < names.size(); i++) {
            CellForm form = CellForm.of(unknown.get(i).dataType()).orElseThrow();
            List<Long> shape = FirstCell.shape(names.get(i), form, Optional.ofNullable(first.get(i)));
            log.info("column {}: shape {}, as in the first row", names.get(i), shape);
            shapes.put(names.get(i), shape);
        }
        return shapes;
    }
}
