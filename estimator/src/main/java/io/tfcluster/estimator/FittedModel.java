package io.tfcluster.estimator;

import io.tfcluster.training.ModelOutline;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.ParamPair;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.collection.JavaConverters;

/** What becomes of a training: the model, or the failure. */
final class FittedModel {
    private static final Logger log = LoggerFactory.getLogger(FittedModel.class);

    private FittedModel() {}

    /** Returns the model on the export, with the estimator's columns. */
    static TFModel of(TFEstimator estimator, Fitting fitting, FitSummary summary) {
        Provenance provenance = Provenance.of(fitting.schema(), rows(estimator, summary), estimator, figures(summary));
        provenance.write(fitting.exportDir(), fitting.hadoop());
        TFModel model = made(estimator, fitting).learned(summary).setProvenance(provenance);
        log.info(
                "{} has learned {} rows in {} steps, loss {}, {}; its SavedModel is in {}",
                estimator.title(),
                summary.rows(),
                summary.steps(),
                summary.loss(),
                summary.metrics(),
                fitting.exportDir());
        return model;
    }

    /** Rows of one pass, -1 if processes that do not step together have each counted their own. */
    private static long rows(TFEstimator estimator, FitSummary summary) {
        if (summary.epochs().isEmpty()) {
            return summary.rows() / estimator.getEpochs();
        }
        return estimator.getNumPs() > 0
                ? -1
                : summary.epochs().get(summary.epochs().size() - 1).rows();
    }

    /** The last epoch's figures; JSON has no NaN. */
    private static Map<String, Double> figures(FitSummary summary) {
        Map<String, Double> figures = new LinkedHashMap<>(summary.metrics());
        figures.put("loss", summary.loss());
        if (!summary.epochs().isEmpty()) {
            summary.epochs()
                    .get(summary.epochs().size() - 1)
                    .validation()
                    .forEach((name, value) -> figures.put("validation." + name, value));
        }
        figures.values().removeIf(value -> value.isNaN() || value.isInfinite());
        return figures;
    }

    private static TFModel made(TFEstimator estimator, Fitting fitting) {
        TFModel model = estimator.copyValues(new TFModel(estimator.uid()), ParamMap.empty());
        model.clear(model.modelDir());
        model.setExportDir(fitting.exportDir());
        fitting.data().outline().ifPresent(outline -> model.setInputMapping(inputs(estimator, outline)));
        return model.setParent(estimator);
    }

    /** The mapping without what only the loss needs, such as the label: the export does not ask for it. */
    private static Map<String, String> inputs(TFEstimator estimator, ModelOutline outline) {
        Map<String, String> inputs = new LinkedHashMap<>(estimator.getInputMapping());
        inputs.values().retainAll(outline.predictionInputs());
        return inputs;
    }

    /** Returns a model of a training that failed, if that is wanted, or throws what tells which one it was. */
    static TFModel failed(TFEstimator estimator, Fitting fitting, RuntimeException cause) {
        ParamMap params = estimator.trial().filter(trial -> trial.size() > 0).orElse(estimator.paramMap());
        TrainingException failure = new TrainingException(
                "the training of " + estimator.uid() + " with " + text(params) + " failed: " + cause.getMessage(),
                params,
                cause);
        if (estimator.getFailedTrial().equals("stop") || cause.getCause() instanceof InterruptedException) {
            throw failure;
        }
        log.warn("{}; its predictions will be as bad as can be, since failedTrial is skip", failure.getMessage());
        return made(estimator, fitting).standsFor(FailedTrial.of(estimator, fitting.data(), failure));
    }

    /** Returns parameters with their values, by name. */
    static String text(ParamMap params) {
        Map<String, String> texts = new TreeMap<>();
        for (ParamPair<?> pair : JavaConverters.seqAsJavaList(params.toSeq())) {
            Object value = pair.value();
            texts.put(
                    pair.param().name(),
                    value instanceof Object[] many ? Arrays.toString(many) : String.valueOf(value));
        }
        return texts.entrySet().stream()
                .map(entry -> entry.getKey() + ": " + entry.getValue())
                .collect(Collectors.joining(", ", "{", "}"));
    }

    /** Returns the columns after the model that will be. */
    static StructType schema(TFEstimator estimator, StructType schema) {
        Set<String> there = Set.copyOf(Arrays.asList(schema.fieldNames()));
        require(there, "inputMapping", estimator.getInputMapping().keySet());
        for (String column : FitChecks.ownColumns(estimator)) {
            if (!column.isEmpty()) {
                require(there, "validationCol or weightCol", Set.of(column));
            }
        }
        Map<String, DataType> columns = columns(estimator, OutlineTypes.of(estimator, schema));
        return appended(schema, estimator.getKeepInputs(), columns, Metadata.empty());
    }

    /** Returns the columns that a model appends: its outputs, then those of Spark's evaluators. */
    static <T extends ModelParams<T>> Map<String, DataType> columns(
            ModelParams<T> stage, Map<String, DataType> outputs) {
        Map<String, DataType> columns = new LinkedHashMap<>(outputs);
        columns.put(stage.getRawPredictionCol(), SQLDataTypes.VectorType());
        columns.put(stage.getProbabilityCol(), SQLDataTypes.VectorType());
        columns.put(stage.getPredictionCol(), DataTypes.DoubleType);
        if (stage.getLabels().length > 0) {
            columns.put(stage.getPredictedLabelCol(), DataTypes.StringType);
        }
        columns.remove(""); // what is not wanted
        return columns;
    }

    static StructType appended(StructType schema, boolean keep, Map<String, DataType> columns, Metadata notes) {
        StructType after = keep ? schema : new StructType();
        for (Map.Entry<String, DataType> column : columns.entrySet()) {
            if (Arrays.asList(after.fieldNames()).contains(column.getKey())) {
                throw new IllegalArgumentException(
                        "the model would give column " + column.getKey()
                                + ", which the DataFrame has already; give it another name with outputMapping, or drop the other");
            }
            after = after.add(new StructField(column.getKey(), column.getValue(), true, notes));
        }
        return after;
    }

    private static void require(Set<String> there, String param, Set<String> columns) {
        List<String> missing =
                columns.stream().filter(column -> !there.contains(column)).toList();
        if (!missing.isEmpty()) {
            throw new IllegalArgumentException(param + " names " + missing + ", but the DataFrame has "
                    + there.stream().sorted().toList());
        }
    }
}
