package io.tfcluster.estimator;

import io.tfcluster.training.ModelOutline;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.functions$;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.MetadataBuilder;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What answers in place of a model that could not be learned, so that a search over parameters goes on: predictions of {@value #FAR}, which
 * is no class and far from any value; probabilities and scores of 0 for all classes; nulls elsewhere. Its columns bear a note, by which
 * {@link SkippingEvaluator} knows them.
 *
 * <p>NaN would not do: Spark's searches take the largest metric by an order in which NaN is above all numbers.
 *
 * @param cause why
 * @param outputs columns of the model's outputs
 * @param classes how many classes a vector of scores has
 */
record FailedTrial(TrainingException cause, LinkedHashMap<String, DataType> outputs, int classes)
        implements Serializable {
    /** Name of the note on a column. */
    static final String NOTE = "tfcluster.failedTrial";

    private static final Logger log = LoggerFactory.getLogger(FailedTrial.class);
    private static final double FAR = 1e150; // its square is finite

    static FailedTrial of(TFEstimator estimator, FitData data, TrainingException cause) {
        Map<String, DataType> outputs = data.outline()
                .map(outline -> OutlineTypes.columns(estimator, outline))
                .orElse(Map.of());
        return new FailedTrial(cause, new LinkedHashMap<>(outputs), classes(estimator, data));
    }

    private static int classes(TFEstimator estimator, FitData data) {
        if (estimator.getLabels().length > 0) {
            return estimator.getLabels().length;
        }
        return data.outline().stream()
                .flatMap(outline -> outline.predictions().stream())
                .map(ModelOutline.Prediction::shape)
                .filter(shape -> !shape.isUnknown() && shape.numDimensions() == 2 && shape.get(1) > 1)
                .map(shape -> (int) shape.get(1))
                .findFirst()
                .orElse(2);
    }

    StructType schema(TFModel model, StructType schema) {
        return FittedModel.appended(schema, model.getKeepInputs(), FittedModel.columns(model, outputs), note());
    }

    private Metadata note() {
        return new MetadataBuilder()
                .putString(NOTE, String.valueOf(cause.getMessage()))
                .build();
    }

    Dataset<Row> transform(TFModel model, Dataset<Row> rows) {
        log.warn("these are no predictions, but stand for a failure: {}", cause.getMessage());
        StructType after = schema(model, rows.schema());
        List<Column> columns = new ArrayList<>();
        for (StructField field : after.fields()) {
            boolean kept =
                    model.getKeepInputs() && Arrays.asList(rows.columns()).contains(field.name());
            columns.add(
                    kept
                            ? rows.col("`" + field.name().replace("`", "``") + "`")
                            : worst(model, field).as(field.name(), field.metadata()));
        }
        return rows.select(columns.toArray(Column[]::new));
    }

    private Column worst(TFModel model, StructField field) {
        if (field.dataType().equals(SQLDataTypes.VectorType())) {
            Column zeros = functions.array_repeat(functions.lit(0.0), classes);
            return functions$.MODULE$.array_to_vector(zeros);
        }
        return field.name().equals(model.getPredictionCol())
                ? functions.lit(FAR)
                : functions
                        .lit(null)
                        .cast(field.dataType().equals(DataTypes.NullType) ? DataTypes.StringType : field.dataType());
    }
}
