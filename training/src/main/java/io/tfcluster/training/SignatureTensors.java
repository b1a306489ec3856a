package io.tfcluster.training;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;

/** Translates the names of a signature to those of tensors, and compares what is given with what it asks for. */
final class SignatureTensors {
    private final ImportedFile file;
    private final String name;
    private final SignatureDef signature;

    SignatureTensors(ImportedFile file, String name) {
        this.file = file;
        this.name = name;
        this.signature = file.signature(name);
    }

    /** Returns what is given by tensor. */
    Map<String, Operand<?>> inputs(Map<String, ? extends Operand<?>> given) {
        Map<String, Operand<?>> tensors = new LinkedHashMap<>();
        if (!given.keySet().equals(signature.getInputsMap().keySet())) {
            throw new IllegalArgumentException("signature \"" + name + "\" of " + file.path() + " takes "
                    + table(signature.getInputsMap()) + "; given are " + given.keySet());
        }
        given.forEach((input, operand) -> {
            TensorInfo info = signature.getInputsOrThrow(input);
            check(input, info, operand);
            tensors.put(tensor(input, info), operand);
        });
        return tensors;
    }

    private void check(String input, TensorInfo info, Operand<?> operand) {
        Shape declared = ImportedFile.shape(info.getTensorShape());
        boolean scalar =
                !declared.isUnknown() && declared.numDimensions() == 0; // may as well compute with rows of them
        if (info.getDtype() != operand.asOutput().dataType()
                || !(scalar || declared.isCompatibleWith(operand.shape()))) {
            throw new IllegalArgumentException("signature \"" + name + "\" of " + file.path() + " takes "
                    + text(input, info) + ", given is " + operand.asOutput().dataType() + " "
                    + Shapes.text(operand.shape()) + "; cast or reshape it");
        }
    }

    /** Returns tensors by the names of the outputs that are wanted. */
    Map<String, String> outputs(Collection<String> wanted) {
        Map<String, String> tensors = new LinkedHashMap<>();
        for (String output : wanted) {
            TensorInfo info = signature.getOutputsMap().get(output);
            if (info == null) {
                throw new IllegalArgumentException("signature \"" + name + "\" of " + file.path() + " has no output \""
                        + output + "\"; it gives " + table(signature.getOutputsMap()));
            }
            tensors.put(output, tensor(output, info));
        }
        return tensors;
    }

    private String tensor(String what, TensorInfo info) {
        if (info.getName().isEmpty()) {
            throw new IllegalArgumentException("\"" + what + "\" of signature \"" + name + "\" of " + file.path()
                    + " is a sparse or ragged tensor, which cannot be imported");
        }
        String tensor = FlatGraph.tensor(info.getName());
        check(file, Set.of(tensor));
        return tensor;
    }

    /** Checks that the graph has these tensors. */
    static void check(ImportedFile file, Collection<String> tensors) {
        Set<String> nodes =
                file.graph().getNodeList().stream().map(node -> node.getName()).collect(Collectors.toSet());
        for (String tensor : tensors) {
            if (!nodes.contains(GraphWalk.nodeOf(tensor))) {
                throw new IllegalArgumentException("no tensor \"" + tensor + "\" in " + file.path()
                        + "; its placeholders are "
                        + file.graph().getNodeList().stream()
                                .filter(node -> node.getOp().equals("Placeholder"))
                                .map(node -> node.getName())
                                .toList());
            }
        }
    }

    private static String table(Map<String, TensorInfo> tensors) {
        return new TreeMap<>(tensors)
                .entrySet().stream()
                        .map(e -> text(e.getKey(), e.getValue()))
                        .toList()
                        .toString();
    }

    private static String text(String name, TensorInfo info) {
        return "\"" + name + "\": " + info.getDtype() + " " + Shapes.text(ImportedFile.shape(info.getTensorShape()));
    }
}
