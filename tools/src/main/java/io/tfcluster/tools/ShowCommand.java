package io.tfcluster.tools;

import io.tfcluster.estimator.Provenance;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ContentSummary;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.jspecify.annotations.Nullable;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Tells what a model takes and gives, with neither Spark nor TensorFlow started. */
@Command(
        name = "show",
        description = "Shows a model's signatures, types and shapes, its size, and where it comes from.")
final class ShowCommand implements Callable<Integer> {
    private static final String GRAPH = "saved_model.pb";
    private static final int LAST = 5;

    @Spec
    @Nullable
    CommandSpec spec;

    @Parameters(
            paramLabel = "DIR",
            description =
                    "SavedModel, saved TFModel stage, or file of a frozen graph; local or on a Hadoop file system.")
    String model = "";

    @Override
    public Integer call() {
        PrintWriter out = spec == null
                ? new PrintWriter(System.out, true, StandardCharsets.UTF_8)
                : spec.commandLine().getOut();
        Configuration conf = new Configuration();
        try {
            Path path = new Path(model);
            FileSystem files = path.getFileSystem(conf);
            Path stage = new Path(path, "model");
            boolean saved = files.exists(new Path(path, "metadata")) && files.exists(stage);
            if (files.exists(path) && files.getFileStatus(path).isFile()) {
                frozen(files, path, out);
            } else if (saved && !files.exists(new Path(stage, GRAPH))) {
                frozen(files, files.listStatus(stage)[0].getPath(), out);
            } else {
                savedModel(files, saved ? stage : path, out);
            }
            provenance(files, path, saved, conf).ifPresent(found -> {
                out.println();
                out.println("provenance");
                found.toJson().lines().forEach(line -> out.println("  " + line));
            });
            return CommandLine.ExitCode.OK;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + model + ": " + e.getMessage(), e);
        }
    }

    private static Optional<Provenance> provenance(FileSystem files, Path path, boolean saved, Configuration conf)
            throws IOException {
        Path file = new Path(path, "provenance.json");
        if (saved && files.exists(file)) {
            return Optional.of(Provenance.fromJson(new String(bytes(files, file), StandardCharsets.UTF_8)));
        }
        return files.getFileStatus(path).isDirectory() ? Provenance.read(path.toString(), conf) : Optional.empty();
    }

    private static byte[] bytes(FileSystem files, Path file) throws IOException {
        try (InputStream in = files.open(file)) {
            return in.readAllBytes();
        }
    }

    private void savedModel(FileSystem files, Path path, PrintWriter out) throws IOException {
        Path file = new Path(path, GRAPH);
        if (!files.exists(file)) {
            throw new IllegalArgumentException("no model at " + model + ": "
                    + (files.exists(path) ? "the folder has no " + GRAPH : "there is no such folder or file")
                    + "; give a SavedModel's folder, a saved TFModel or a frozen graph");
        }
        out.println("SavedModel " + files.makeQualified(path));
        ContentSummary size = files.getContentSummary(path);
        out.println("  " + size.getFileCount() + " files, " + sized(size.getLength()));
        for (MetaGraphDef graph : SavedModel.parseFrom(bytes(files, file)).getMetaGraphsList()) {
            out.println("  tags " + String.join(",", graph.getMetaInfoDef().getTagsList()) + ", written by TensorFlow "
                    + graph.getMetaInfoDef().getTensorflowVersion() + ", "
                    + graph.getGraphDef().getNodeCount() + " operations, "
                    + graph.getGraphDef().getLibrary().getFunctionCount() + " functions");
            new TreeMap<>(graph.getSignatureDefMap()).forEach((name, signature) -> {
                if (!name.startsWith("__saved_model")) {
                    signature(name, signature, out);
                }
            });
        }
    }

    private static void signature(String name, SignatureDef signature, PrintWriter out) {
        out.println();
        out.println("  signature " + name);
        tensors("in", signature.getInputsMap(), out);
        tensors("out", signature.getOutputsMap(), out);
    }

    private static void tensors(String side, Map<String, TensorInfo> tensors, PrintWriter out) {
        new TreeMap<>(tensors)
                .forEach((name, info) -> out.printf(
                        Locale.ROOT,
                        "    %-3s %-24s %-10s %s%n",
                        side,
                        name,
                        info.getDtype().name().replace("DT_", ""),
                        shape(info.getTensorShape())));
    }

    private static void frozen(FileSystem files, Path file, PrintWriter out) throws IOException {
        byte[] bytes = bytes(files, file);
        GraphDef graph = GraphDef.parseFrom(bytes);
        out.println("frozen graph " + files.makeQualified(file));
        out.println("  " + sized(bytes.length) + ", " + graph.getNodeCount() + " operations");
        for (NodeDef node : graph.getNodeList()) {
            if (node.getOp().equals("Placeholder")) {
                out.printf(
                        Locale.ROOT,
                        "    %-3s %-24s %-10s %s%n",
                        "in",
                        node.getName(),
                        node.getAttrOrThrow("dtype").getType().name().replace("DT_", ""),
                        node.containsAttr("shape")
                                ? shape(node.getAttrOrThrow("shape").getShape())
                                : "any shape");
            }
        }
        List<String> last = graph.getNodeList().stream()
                .skip(Math.max(0, graph.getNodeCount() - LAST))
                .map(NodeDef::getName)
                .toList();
        out.println("  last operations " + last);
    }

    private static String shape(TensorShapeProto shape) {
        return shape.getUnknownRank()
                ? "any shape"
                : shape.getDimList().stream()
                        .map(dim -> dim.getSize() < 0 ? "?" : String.valueOf(dim.getSize()))
                        .collect(Collectors.joining(", ", "[", "]"));
    }

    private static String sized(long bytes) {
        return bytes < 1e5
                ? String.format(Locale.ROOT, "%.1f KB", bytes / 1e3)
                : String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
    }
}
