package io.tfcluster.estimator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** Makes the plan of a transformation out of a stage's Params, the model's file and the DataFrame's schema. */
final class TransformPlanner {
    private final TFModel stage;
    private final ModelInfo model;
    private final Map<String, TensorSpec> tensors;
    private final Map<String, String> inputColumns;
    private final Map<String, String> outputColumns;

    private TransformPlanner(TFModel stage, ModelInfo model) {
        this.stage = stage;
        this.model = model;
        this.inputColumns = SchemaContract.inverse(stage.getInputMapping());
        this.outputColumns = new LinkedHashMap<>(stage.getOutputMapping());
        if (outputColumns.isEmpty()) {
            model.outputs().keySet().forEach(name -> outputColumns.put(name, name));
        }
        if (outputColumns.isEmpty()) {
            throw new IllegalArgumentException(model.text()
                    + " has no signature that tells its outputs; name them in outputMapping, tensor to"
                    + " column. Its last operations are "
                    + model.operations()
                            .subList(
                                    Math.max(0, model.operations().size() - 5),
                                    model.operations().size()));
        }
        this.tensors = unsigned();
    }

    /**
     * Makes the plan.
     *
     * @throws IllegalArgumentException if the schema does not fit the model, or the Params each other
     */
    static TransformPlan plan(TFModel stage, ModelInfo model, StructType schema) {
        return new TransformPlanner(stage, model).plan(schema);
    }

    /** Finds the tensors that the user names and the signature does not. */
    private Map<String, TensorSpec> unsigned() {
        Set<String> names = new LinkedHashSet<>();
        inputColumns.keySet().stream()
                .filter(name -> !model.inputs().containsKey(name))
                .forEach(names::add);
        outputColumns.keySet().stream()
                .filter(name -> !model.outputs().containsKey(name))
                .forEach(names::add);
        if (!stage.getScoreOutput().isEmpty() && !model.outputs().containsKey(stage.getScoreOutput())) {
            names.add(stage.getScoreOutput());
        }
        return names.isEmpty() ? Map.of() : GraphTensors.find(model, names);
    }

    private TensorSpec output(String name) {
        TensorSpec signed = model.outputs().get(name);
        TensorSpec spec = signed == null ? tensors.get(name) : signed;
        if (spec == null) {
            throw new IllegalStateException("output " + name + " was not looked for");
        }
        return spec;
    }

    private TransformPlan plan(StructType schema) {
        List<InputPlan> inputs = SchemaContract.match(
                model.text(), wanted(), inputColumns, stage.pixelColumns(), !inputColumns.isEmpty(), schema);
        boolean whole = inputs.stream().noneMatch(InputPlan::batched);
        boolean single = whole
                || stage.getBatchSize() == 1
                || inputs.stream().anyMatch(input -> !input.batched() || input.fixedRows() == 1);
        List<OutputPlan> outputs = new ArrayList<>();
        for (String name : chosen()) {
            outputs.add(outputPlan(name, outputColumns.getOrDefault(name, ""), whole, single));
        }
        int appended = outputs.size();
        ScorePlan scores = scores(outputs, whole, single);
        RunSettings run = new RunSettings(
                stage.getBatchSize(),
                stage.getThreads(),
                stage.getIsolation().equals(TFModel.CHILD),
                stage.getRunTimeout());
        TransformPlan plan =
                new TransformPlan(model.source(), inputs, outputs, appended, scores, stage.getVersionCol(), run);
        if (!plan.versionCol().isEmpty() && model.source().version().isEmpty()) {
            throw new IllegalArgumentException("versionCol is \"" + plan.versionCol() + "\", but " + model.text()
                    + " is in no numbered folder; export into one, such as "
                    + model.source().path()
                    + "/1, or leave versionCol out");
        }
        checkNames(plan, schema);
        checkRows(inputs);
        return plan;
    }

    /** Returns the inputs to be filled: those that are mapped, and all of a signature. */
    private List<TensorSpec> wanted() {
        Map<String, TensorSpec> wanted = new LinkedHashMap<>();
        boolean byTensor =
                inputColumns.keySet().stream().anyMatch(name -> !model.inputs().containsKey(name));
        if (!byTensor) {
            wanted.putAll(model.inputs());
        }
        for (String name : inputColumns.keySet()) {
            TensorSpec signed = model.inputs().get(name);
            TensorSpec spec = signed == null ? tensors.get(name) : signed;
            if (spec != null) {
                wanted.put(name, spec);
            }
        }
        return once(wanted);
    }

    /** Takes one of the inputs that stand for the same tensor, which some signatures have: the one that is mapped, or the first. */
    private List<TensorSpec> once(Map<String, TensorSpec> wanted) {
        Map<String, TensorSpec> byTensor = new LinkedHashMap<>();
        for (TensorSpec spec : wanted.values()) {
            TensorSpec other = byTensor.putIfAbsent(spec.tensor(), spec);
            if (other != null && inputColumns.containsKey(spec.name())) {
                if (inputColumns.containsKey(other.name())) {
                    throw new IllegalArgumentException("inputs \"" + other.name() + "\" and \"" + spec.name() + "\" of "
                            + model.text() + " are the same tensor " + spec.tensor() + "; map one of them");
                }
                byTensor.put(spec.tensor(), spec);
            }
        }
        return List.copyOf(byTensor.values());
    }

    /** Returns the names of the outputs that become columns, in the order of the columns. */
    private List<String> chosen() {
        List<String> columns = Arrays.asList(stage.getOutputCols());
        if (columns.isEmpty()) {
            return List.copyOf(outputColumns.keySet());
        }
        Map<String, String> names = SchemaContract.inverse(outputColumns);
        List<String> chosen = new ArrayList<>();
        for (String column : columns) {
            String name = names.get(column);
            if (name == null) {
                throw new IllegalArgumentException("outputCols has \"" + column + "\", which " + model.text()
                        + " does not give; its columns are " + names.keySet() + ". "
                        + Nearest.question(column, names.keySet()));
            }
            chosen.add(name);
        }
        return chosen;
    }

    private OutputPlan outputPlan(String name, String column, boolean whole, boolean single) {
        TensorSpec spec = output(name);
        boolean batched = !whole;
        if (batched && spec.ranked() && spec.rank() == 0) {
            if (!single) {
                throw new IllegalArgumentException("output \"" + name + "\" of " + model.text() + " is "
                        + spec.text()
                        + ": one value for all rows of a batch, not one for each; leave it out with outputMapping, or"
                        + " set batchSize to 1");
            }
            batched = false;
        }
        OutputPlan.Kind kind = OutputPlan.Kind.PLAIN;
        if (Arrays.asList(stage.getVectorCols()).contains(column)) {
            if (spec.type() == TensorType.STRING || spec.type() == TensorType.BOOL) {
                throw new IllegalArgumentException(
                        "vectorCols has \"" + column + "\", which is " + spec.text() + "; vectors hold numbers");
            }
            kind = OutputPlan.Kind.VECTOR;
        } else if (Arrays.asList(stage.getBinaryCols()).contains(column)) {
            if (spec.type() != TensorType.STRING) {
                throw new IllegalArgumentException(
                        "binaryCols has \"" + column + "\", which is " + spec.text() + "; only strings can be bytes");
            }
            kind = OutputPlan.Kind.BINARY;
        }
        return new OutputPlan(column, spec, kind, batched);
    }

    @Nullable
    private ScorePlan scores(List<OutputPlan> outputs, boolean whole, boolean single) {
        String[] labels = stage.getLabels();
        boolean classes = !stage.getProbabilityCol().isEmpty()
                || !stage.getRawPredictionCol().isEmpty()
                || labels.length > 0;
        if (!classes && stage.getPredictionCol().isEmpty()) {
            return null;
        }
        String name = scoreOutput(classes);
        int place = -1;
        for (int i = 0; i < outputs.size(); i++) {
            if (outputs.get(i).spec().name().equals(name)) {
                place = i;
            }
        }
        if (place < 0) {
            place = outputs.size();
            outputs.add(outputPlan(name, "", whole, single));
        }
        OutputPlan output = outputs.get(place);
        if (output.spec().type() == TensorType.STRING) {
            throw new IllegalArgumentException(
                    "scoreOutput \"" + name + "\" is " + output.spec().text() + "; scores are numbers");
        }
        long values = values(output);
        if (labels.length > 0 && values > 1 && labels.length != values) {
            throw new IllegalArgumentException(labels.length + " labels for the " + values + " classes of output \""
                    + name + "\" of " + model.text() + "; give one for each");
        }
        return new ScorePlan(
                place,
                classes || values != 1,
                stage.getScoresAreLogits(),
                stage.getRawPredictionCol(),
                stage.getProbabilityCol(),
                stage.getPredictionCol(),
                labels.length > 0 ? stage.getPredictedLabelCol() : "",
                List.of(labels));
    }

    /** Returns how many values a row has, -1 if the model does not tell. */
    private static long values(OutputPlan output) {
        if (!output.spec().ranked()) {
            return -1;
        }
        List<Long> dims = output.spec().dims();
        List<Long> row = output.batched() ? dims.subList(Math.min(1, dims.size()), dims.size()) : dims;
        return row.stream().anyMatch(size -> size < 0) ? -1 : row.stream().reduce(1L, Math::multiplyExact);
    }

    /** Returns the output that scores come from: the one that is named, or the only one of floating numbers, or of numbers at all. */
    private String scoreOutput(boolean classes) {
        if (!stage.getScoreOutput().isEmpty()) {
            return stage.getScoreOutput();
        }
        List<String> floating = outputColumns.keySet().stream()
                .filter(name -> output(name).type().isFloating())
                .toList();
        List<String> all = classes || !floating.isEmpty()
                ? floating
                : outputColumns.keySet().stream()
                        .filter(name -> output(name).type() != TensorType.STRING)
                        .toList();
        if (all.size() != 1) {
            throw new IllegalArgumentException("which output of " + model.text()
                    + " has the scores is not clear: there are " + outputColumns.keySet() + "; set scoreOutput");
        }
        return all.get(0);
    }

    private void checkNames(TransformPlan plan, StructType schema) {
        Set<String> names = new HashSet<>(stage.getKeepInputs() ? Arrays.asList(schema.fieldNames()) : List.of());
        for (StructField field : plan.fields()) {
            if (!names.add(field.name())) {
                throw new IllegalArgumentException("the column \"" + field.name() + "\" would be there twice; give the"
                        + " model's another name with outputMapping, or set keepInputs to false");
            }
        }
        List<String> made = plan.outputs().stream().map(OutputPlan::column).toList();
        for (String[] list : List.of(stage.getVectorCols(), stage.getBinaryCols())) {
            for (String name : list) {
                if (!made.contains(name)) {
                    throw new IllegalArgumentException("vectorCols or binaryCols name \"" + name
                            + "\", which is none of the model's columns " + made + ". "
                            + Nearest.question(name, made));
                }
            }
        }
    }

    private void checkRows(List<InputPlan> inputs) {
        List<Long> fixed = inputs.stream()
                .map(InputPlan::fixedRows)
                .filter(rows -> rows > 0)
                .distinct()
                .toList();
        if (fixed.size() > 1) {
            throw new IllegalArgumentException("the inputs of " + model.text()
                    + " want different numbers of rows in one run: " + fixed + "; map arrays to them, one run a row");
        }
    }
}
