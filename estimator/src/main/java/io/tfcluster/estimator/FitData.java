package io.tfcluster.estimator;

import io.tfcluster.DataFrameSchema;
import io.tfcluster.feeding.Column;
import io.tfcluster.feeding.ColumnType;
import io.tfcluster.feeding.FeedSchema;
import io.tfcluster.training.InputSpec;
import io.tfcluster.training.ModelFunction;
import io.tfcluster.training.ModelOutline;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rows of a training, checked against the model before anything starts: columns of the inputs' names and types, and the feed they fill.
 *
 * @param schema the feed: the inputs that the model asks for, then the weights
 * @param train rows to learn
 * @param validation rows to validate with, if there are any
 * @param outline what the model asks for and gives; empty for a main function of the user's
 */
record FitData(
        FeedSchema schema, Dataset<Row> train, Optional<Dataset<Row>> validation, Optional<ModelOutline> outline) {
    private static final Logger log = LoggerFactory.getLogger(FitData.class);

    /** The column of the rows' weights. */
    static final String WEIGHTS = "sample_weight";

    /** A column of the DataFrame that may become an input. */
    private record Offer(String source, Column column) {}

    /**
     * Looks at the first row, and at the model.
     *
     * @param model null for a main function of the user's
     * @throws IllegalArgumentException if rows and model do not fit each other
     */
    static FitData of(TFEstimator estimator, @Nullable ModelFunction model, Dataset<Row> rows) {
        Map<String, Offer> offers = offers(estimator, rows);
        Optional<ModelOutline> outline = Optional.ofNullable(model).map(known -> outline(known, offers));
        outline.ifPresent(known -> check(estimator, known));
        List<Offer> fed = outline.isEmpty() ? List.copyOf(offers.values()) : asked(outline.get(), offers);
        if (fed.isEmpty()) {
            throw new IllegalArgumentException("the DataFrame has no column that the model could learn from: "
                    + rows.schema().simpleString());
        }
        FeedSchema.Builder schema = FeedSchema.builder();
        List<org.apache.spark.sql.Column> columns = new ArrayList<>();
        for (Offer offer : fed) {
            schema.column(offer.column().name(), offer.column().type(), FeedColumns.shape(offer.column()));
            columns.add(cell(rows, offer));
        }
        if (estimator.isSet(estimator.weightCol())) {
            schema.float64(WEIGHTS);
            columns.add(column(rows, "weightCol", estimator.getWeightCol())
                    .cast(DataTypes.DoubleType)
                    .as(WEIGHTS));
        }
        FeedSchema feed = schema.build();
        List<Dataset<Row>> parts = parts(estimator, rows, columns);
        DataFrameSchema.check("train", feed, parts.get(0).schema(), Map.of());
        for (Dataset<Row> part : parts) {
            if (part.isEmpty()) {
                throw new IllegalArgumentException(
                        part == parts.get(0)
                                ? "there are no rows to learn"
                                        + (parts.size() > 1 ? ", all are for the validation" : "")
                                : "there are no rows to validate with; correct validationCol or validationSplit");
            }
        }
        return new FitData(feed, parts.get(0), parts.stream().skip(1).findFirst(), outline);
    }

    private static ModelOutline outline(ModelFunction model, Map<String, Offer> offers) {
        return ModelOutline.of(
                model,
                offers.values().stream()
                        .map(offer -> FeedColumns.input(offer.column()))
                        .toList());
    }

    private static void check(TFEstimator estimator, ModelOutline outline) {
        if (outline.predictions().isEmpty()) {
            throw new IllegalArgumentException(
                    "the model function gives no prediction, so that nothing can be exported; add one with ModelSpec.builder().prediction(…)");
        }
        if (estimator.isSet(estimator.weightCol()) && !outline.lossByRow()) {
            throw new IllegalArgumentException("weightCol is " + estimator.getWeightCol()
                    + ", but the model function gives loss(…), a mean in which no row can be told; have it give"
                    + " ModelSpec.builder().rowLosses(…) of shape [rows], such as Losses.softmaxCrossEntropyRows");
        }
        List<String> unknown = new ArrayList<>(List.of(estimator.getMetrics()));
        unknown.removeAll(outline.metrics());
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException(
                    "metrics " + unknown + " are not among those of the model, " + outline.metrics());
        }
        String stopping = estimator.getEarlyStoppingMetric();
        if (!stopping.isEmpty()
                && !stopping.equals("loss")
                && !outline.metrics().contains(stopping)) {
            throw new IllegalArgumentException(
                    "earlyStoppingMetric is \"" + stopping + "\", but the model has loss and " + outline.metrics());
        }
        List<String> outputs = outline.predictions().stream()
                .map(ModelOutline.Prediction::name)
                .toList();
        List<String> missing = new ArrayList<>(estimator.getOutputMapping().keySet());
        missing.removeIf(name -> outputs.contains(name) || name.contains(":"));
        if (!missing.isEmpty()) {
            throw new IllegalArgumentException(
                    "outputMapping takes " + missing + ", but the model predicts " + outputs);
        }
    }

    /** The columns of the mapping, or all that can be fed, by input. */
    private static Map<String, Offer> offers(TFEstimator estimator, Dataset<Row> rows) {
        Map<String, String> mapping = estimator.getInputMapping();
        List<Offer> all = new ArrayList<>();
        if (!mapping.isEmpty()) {
            derive(rows, mapping, all);
        } else {
            Map<String, String> own = new TreeMap<>();
            for (StructField field : rows.schema().fields()) {
                if (DataFrameSchema.canFeed(field) && !estimator.ownColumns().contains(field.name())) {
                    own.put(field.name(), field.name());
                }
            }
            deriveWhatFits(rows, own, all);
        }
        Map<String, Offer> offers = new LinkedHashMap<>();
        Map<String, String> shapes = new TreeMap<>(estimator.getInputShapes());
        for (Offer offer : all) {
            String shape = shapes.remove(offer.column().name());
            offers.put(offer.column().name(), shape == null ? offer : shaped(offer, shape));
        }
        if (!shapes.isEmpty()) {
            throw new IllegalArgumentException(
                    "inputShapes has " + shapes.keySet() + ", but the inputs are " + offers.keySet());
        }
        return offers;
    }

    private static void derive(Dataset<Row> rows, Map<String, String> mapping, List<Offer> offers) {
        Map<String, String> sources = new TreeMap<>();
        mapping.forEach((source, input) -> sources.put(input, source));
        DataFrameSchema.derive(rows, mapping)
                .columns()
                .forEach(column -> offers.add(new Offer(sources.getOrDefault(column.name(), column.name()), column)));
    }

    /** Without a mapping a column whose shape cannot be seen may be one that the model does not want. */
    private static void deriveWhatFits(Dataset<Row> rows, Map<String, String> mapping, List<Offer> offers) {
        if (mapping.isEmpty()) {
            return;
        }
        try {
            derive(rows, mapping, offers);
        } catch (IllegalArgumentException whole) {
            offers.clear();
            mapping.forEach((source, input) -> {
                try {
                    derive(rows, Map.of(source, input), offers);
                } catch (IllegalArgumentException e) {
                    log.info("column {} is left out: {}", source, e.getMessage());
                }
            });
            if (offers.isEmpty()) {
                throw whole;
            }
        }
    }

    private static Offer shaped(Offer offer, String text) {
        Column column = offer.column();
        long[] shape = FeedColumns.shape(column.name(), text);
        boolean bytes = column.type() == ColumnType.BINARY;
        long asked = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        if (!bytes && asked != column.elements()) {
            throw new IllegalArgumentException("inputShapes has " + text + " for input " + column.name() + ", " + asked
                    + " numbers, but column " + offer.source() + " has " + column.elements() + " in the first row");
        }
        ColumnType type = bytes ? ColumnType.UINT8 : column.type();
        List<Long> sizes = Arrays.stream(shape).boxed().toList();
        return new Offer(offer.source(), new Column(column.name(), type, sizes));
    }

    /** The inputs that the model asks for, in the types that it wants. */
    private static List<Offer> asked(ModelOutline outline, Map<String, Offer> offers) {
        List<Offer> asked = new ArrayList<>();
        for (InputSpec input : outline.inputs()) {
            Offer offer = offers.get(input.name());
            if (offer != null) {
                Column column = offer.column();
                ColumnType type = FeedColumns.type(input, column.type());
                asked.add(new Offer(offer.source(), new Column(column.name(), type, column.shape())));
            }
        }
        return asked;
    }

    /** A column of the DataFrame; numbers that Spark ML has as doubles, such as labels, become whole ones where the model wants them. */
    private static org.apache.spark.sql.Column cell(Dataset<Row> rows, Offer offer) {
        org.apache.spark.sql.Column cell = column(rows, "inputMapping", offer.source());
        org.apache.spark.sql.types.DataType type =
                rows.schema().apply(offer.source()).dataType();
        boolean whole =
                offer.column().type() == ColumnType.INT32 || offer.column().type() == ColumnType.INT64;
        boolean number = whole
                || offer.column().type() == ColumnType.FLOAT32
                || offer.column().type() == ColumnType.FLOAT64;
        if (whole && (type.equals(DataTypes.DoubleType) || type.equals(DataTypes.FloatType))) {
            org.apache.spark.sql.Column cast = cell.cast(DataTypes.LongType);
            cell = functions
                    .when(cell.isNull(), functions.lit(null).cast(DataTypes.LongType))
                    .when(cast.cast(DataTypes.DoubleType).equalTo(cell.cast(DataTypes.DoubleType)), cast)
                    .otherwise(functions.raise_error(functions.concat(
                            functions.lit("column " + offer.source() + " holds "),
                            cell.cast(DataTypes.StringType),
                            functions.lit(", but the model takes whole numbers as input "
                                    + offer.column().name()))));
        } else if (number && type.equals(DataTypes.BooleanType)) {
            cell = cell.cast(DataTypes.IntegerType);
        }
        return cell.as(
                offer.column().name(), rows.schema().apply(offer.source()).metadata());
    }

    private static org.apache.spark.sql.Column column(Dataset<Row> rows, String param, String name) {
        if (!Arrays.asList(rows.columns()).contains(name)) {
            throw new IllegalArgumentException(
                    param + " names column " + name + ", but the DataFrame has " + Arrays.asList(rows.columns()));
        }
        return rows.col("`" + name.replace("`", "``") + "`");
    }

    /** The rows to learn, and those to validate with, if so. */
    private static List<Dataset<Row>> parts(
            TFEstimator estimator, Dataset<Row> rows, List<org.apache.spark.sql.Column> columns) {
        org.apache.spark.sql.Column[] all = columns.toArray(org.apache.spark.sql.Column[]::new);
        double share = estimator.getValidationSplit();
        if (estimator.isSet(estimator.validationCol())) {
            if (share > 0) {
                throw new IllegalArgumentException("validationCol is " + estimator.getValidationCol()
                        + " and validationSplit " + share + "; set one of them");
            }
            org.apache.spark.sql.Column validates = column(rows, "validationCol", estimator.getValidationCol());
            if (!rows.schema().apply(estimator.getValidationCol()).dataType().equals(DataTypes.BooleanType)) {
                throw new IllegalArgumentException("validationCol " + estimator.getValidationCol()
                        + " must be boolean, true for rows to validate with; it is "
                        + rows.schema()
                                .apply(estimator.getValidationCol())
                                .dataType()
                                .simpleString());
            }
            org.apache.spark.sql.Column known = functions.coalesce(validates, functions.lit(false));
            return List.of(
                    rows.filter(functions.not(known)).select(all),
                    rows.filter(known).select(all));
        }
        Dataset<Row> selected = rows.select(all);
        return share > 0
                ? List.of(selected.randomSplit(new double[] {1 - share, share}, estimator.getSeed()))
                : List.of(selected);
    }
}
