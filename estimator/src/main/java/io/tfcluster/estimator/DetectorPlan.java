package io.tfcluster.estimator;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.udf;

import io.tfcluster.estimator.image.ChannelOrder;
import io.tfcluster.estimator.image.ImageChain;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.DataTypes;

/**
 * What an {@link ObjectDetector} is made of, after its Params were checked against the graph.
 *
 * @param pictures makes what the network sees
 * @param model makes vectors of its boxes, scores, classes and counts
 * @param columns of these four, in this order
 * @param boxes makes the column of boxes of them
 */
record DetectorPlan(PictureInput pictures, TFModel model, List<String> columns, DetectedBoxes boxes) {
    private static final int LAST = 8;

    DetectorPlan {
        columns = List.copyOf(columns);
    }

    static DetectorPlan of(ObjectDetector stage, Configuration conf) {
        TFModel model = PictureInput.network(stage);
        ModelInfo info = ModelInfo.of(model, conf);
        TensorSpec input = PictureInput.tensor(checkedInput(stage, info), info);
        if (input.type() != TensorType.UINT8 && !input.type().isFloating()) {
            throw new IllegalArgumentException("input \"" + input.name() + "\" of " + info.text() + " is "
                    + input.text() + "; pictures are UINT8 or of a floating type; set inputTensor to another");
        }
        int[] size = PictureInput.size(stage, info, input, ChannelOrder.RGB);
        ImageChain chain = ImageChain.decode().resize(size[1], size[0]);
        PictureInput pictures = PictureInput.of(stage, chain, size, ChannelOrder.RGB, false, model);
        Map<String, String> outputs = new LinkedHashMap<>();
        for (String tensor : outputs(stage).values()) {
            outputs.put(tensor, stage.uid() + "_" + outputs.size());
        }
        List<String> columns = List.copyOf(outputs.values());
        model.setInputMapping(Map.of(pictures.pixelCol(), input.name()))
                .setOutputMapping(outputs)
                .setVectorCols(columns.toArray(new String[0]));
        return new DetectorPlan(pictures, model, columns, boxes(stage, conf));
    }

    private static DetectedBoxes boxes(ObjectDetector stage, Configuration conf) {
        Map<Integer, String> labels =
                stage.getLabelMap().isEmpty() ? Map.of() : LabelMap.read(stage.getLabelMap(), conf);
        Set<String> wanted = new TreeSet<>(Arrays.asList(stage.getLabels()));
        for (String label : wanted) {
            if (labels.isEmpty()) {
                throw new IllegalArgumentException(
                        "labels are " + wanted + ", but there is no labelMap that tells which classes they are");
            }
            if (!labels.containsValue(label)) {
                throw new IllegalArgumentException("labels has \"" + label + "\", which the " + labels.size()
                        + " classes of " + stage.getLabelMap() + " do not have. "
                        + Nearest.question(label, labels.values()));
            }
        }
        return new DetectedBoxes(stage.getScoreThreshold(), stage.getMaxBoxes(), labels, wanted);
    }

    /** Param to tensor, in the order of the columns. */
    private static Map<String, String> outputs(ObjectDetector stage) {
        Map<String, String> tensors = new LinkedHashMap<>();
        tensors.put("boxesTensor", stage.getBoxesTensor());
        tensors.put("scoresTensor", stage.getScoresTensor());
        tensors.put("classesTensor", stage.getClassesTensor());
        tensors.put("countTensor", stage.getCountTensor());
        if (new HashSet<>(tensors.values()).size() < tensors.size()) {
            throw new IllegalArgumentException(tensors + " name a tensor twice; each is another one");
        }
        return tensors;
    }

    /** Returns the input's name; all five tensors must be there, or an error tells which are not. */
    private static String checkedInput(ObjectDetector stage, ModelInfo info) {
        Set<String> known = new HashSet<>(info.operations());
        known.addAll(info.inputs().keySet());
        known.addAll(info.outputs().keySet());
        String input = stage.getInputTensor();
        boolean other = !input.isEmpty() && !has(known, input) && !stage.isSet(stage.inputTensor());
        if (other && !info.outputs().isEmpty() && info.inputs().size() == 1) {
            input = ""; // a signature calls its only input as it likes, "inputs" or "input_tensor" for example
        }
        Map<String, String> all = new LinkedHashMap<>();
        if (!input.isEmpty()) {
            all.put("inputTensor", input);
        }
        all.putAll(outputs(stage));
        Map<String, String> missing = new LinkedHashMap<>(all);
        missing.values().removeIf(tensor -> has(known, tensor));
        if (!missing.isEmpty()) {
            Set<String> there = new TreeSet<>(all.values());
            there.removeAll(missing.values());
            throw new IllegalArgumentException(text(info, missing, there));
        }
        return input;
    }

    private static boolean has(Set<String> known, String tensor) {
        return known.contains(tensor) || known.contains(tensor.replaceFirst(":\\d+$", ""));
    }

    private static String text(ModelInfo info, Map<String, String> missing, Set<String> there) {
        String inputs = info.inputs().values().stream()
                .map(spec -> spec.name() + ": " + spec.text())
                .collect(Collectors.joining(", ", "[", "]"));
        List<String> operations = info.operations();
        String outputs = info.outputs().isEmpty()
                ? "its last operations are "
                        + operations.subList(Math.max(0, operations.size() - LAST), operations.size())
                : "its outputs are " + info.outputs().keySet();
        return info.text() + " is no detector as the Object Detection API exports them: it lacks " + missing.values()
                + (there.isEmpty() ? "" : ", and has " + there) + ". Its inputs are " + inputs + ", " + outputs
                + "; take another graph, or set " + String.join(", ", missing.keySet())
                + " to the tensors of this one that mean the same";
    }

    /** The column of boxes, out of the model's four. */
    Column boxColumn() {
        Column[] answers = columns.stream().map(name -> col("`" + name + "`")).toArray(Column[]::new);
        return udf(boxes, DataTypes.createArrayType(DetectedBoxes.BOX, false))
                .asNonNullable()
                .apply(answers);
    }
}
