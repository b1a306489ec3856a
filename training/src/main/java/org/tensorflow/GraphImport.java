package org.tensorflow;

import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.tensorflow.internal.c_api.TF_Buffer;
import org.tensorflow.internal.c_api.TF_ImportGraphDefOptions;
import org.tensorflow.internal.c_api.TF_ImportGraphDefResults;
import org.tensorflow.internal.c_api.TF_Output;
import org.tensorflow.internal.c_api.TF_Status;
import org.tensorflow.internal.c_api.global.tensorflow;
import org.tensorflow.op.Op;
import org.tensorflow.proto.GraphDef;

/**
 * Imports a GraphDef with some of its tensors replaced by tensors of the graph it goes into, which {@link Graph#importGraphDef} cannot.
 *
 * <p>It stands in this package because the native handles are package-private.
 */
public final class GraphImport {
    private GraphImport() {}

    /**
     * Imports and connects.
     *
     * @param prefix first part of the new operations' names
     * @param inputs what replaces output 0 of the named nodes
     * @param output tensor to return, "name" or "name:index"
     * @throws RuntimeException TensorFlow's, if it refuses the graph
     */
    public static Output<?> into(
            Graph graph, GraphDef imported, String prefix, Map<String, Output<?>> inputs, String output) {
        return into(graph, imported, prefix, inputs, List.of(), List.of(output)).get(0);
    }

    /**
     * As above, for several tensors.
     *
     * @param after what must have run before any of the imported operations does
     */
    public static List<Output<?>> into(
            Graph graph,
            GraphDef imported,
            String prefix,
            Map<String, Output<?>> inputs,
            List<Op> after,
            List<String> outputs) {
        byte[] bytes = imported.toByteArray();
        try (PointerScope scope = new PointerScope();
                Graph.Reference reference = graph.ref()) {
            TF_ImportGraphDefOptions options = TF_ImportGraphDefOptions.newImportGraphDefOptions();
            TF_Status status = TF_Status.newStatus();
            tensorflow.TF_ImportGraphDefOptionsSetPrefix(options, prefix);
            for (Map.Entry<String, Output<?>> input : inputs.entrySet()) {
                GraphOperation operation = (GraphOperation) input.getValue().op();
                TF_Output source = new TF_Output();
                source.oper(operation.getUnsafeNativeHandle())
                        .index(input.getValue().index());
                tensorflow.TF_ImportGraphDefOptionsAddInputMapping(
                        options, nodeOf(input.getKey()), indexOf(input.getKey()), source);
            }
            for (Op operation : after) {
                tensorflow.TF_ImportGraphDefOptionsAddControlDependency(
                        options, ((GraphOperation) operation.op()).getUnsafeNativeHandle());
            }
            TF_Buffer buffer = tensorflow.TF_NewBufferFromString(new BytePointer(bytes), bytes.length);
            try {
                TF_ImportGraphDefResults results =
                        tensorflow.TF_GraphImportGraphDefWithResults(reference.nativeHandle(), buffer, options, status);
                status.throwExceptionIfNotOK();
                tensorflow.TF_DeleteImportGraphDefResults(results);
            } finally {
                tensorflow.TF_DeleteBuffer(buffer);
            }
        }
        return outputs.stream()
                .<Output<?>>map(output -> graph.outputOrThrow(prefix + "/" + nodeOf(output) + ":" + indexOf(output)))
                .toList();
    }

    /** Returns the node's name in "name" or "name:index". */
    public static String nodeOf(String tensor) {
        int colon = tensor.lastIndexOf(':');
        return colon < 0 ? tensor : tensor.substring(0, colon);
    }

    private static int indexOf(String tensor) {
        int colon = tensor.lastIndexOf(':');
        return colon < 0 ? 0 : Integer.parseInt(tensor.substring(colon + 1));
    }
}
