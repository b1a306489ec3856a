package io.tfcluster.training;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.SignatureDef;

/**
 * A model that another program made, Keras for one: a SavedModel or a graph with variables, to be trained on.
 *
 * <p>It is a value that travels with the model function; the file is read where the model is built, so it must be there on each worker.
 * Variables keep their names and get their first values from the file; what the signature computes becomes a part of the model, to
 * which the user adds a loss. What it computes is what it serves: dropout is off and batch normalisation uses its moving means.
 *
 * <pre>{@code
 * ImportedModel digits = ImportedModel.savedModel(Path.of("/models/keras-mnist"));
 * ModelFunction model = builder -> {
 *     Map<String, Operand<?>> out = digits.importInto(builder, "serving_default", Map.of("image", builder.input("x")));
 *     Operand<TFloat32> scores = …out.get("dense_1")…;
 *     return ModelSpec.builder().loss(…).prediction("scores", scores).build();
 * };
 * }</pre>
 */
public final class ImportedModel implements Serializable {
    private static final long serialVersionUID = 1L;

    private final String path;
    private final boolean saved;
    private final TreeSet<String> tags;
    private final @Nullable String trainable;
    private final @Nullable String checkpoint;
    private final String prefix;
    private transient volatile @Nullable ImportedFile file;

    private ImportedModel(
            String path,
            boolean saved,
            Collection<String> tags,
            @Nullable String trainable,
            @Nullable String checkpoint,
            String prefix) {
        this.path = path;
        this.saved = saved;
        this.tags = new TreeSet<>(tags);
        this.trainable = trainable;
        this.checkpoint = checkpoint;
        this.prefix = prefix;
    }

    /**
     * Names a SavedModel.
     *
     * @param directory that holds {@code saved_model.pb} and {@code variables/}
     * @param tags of the graph to take; none for "serve", or the only one there is
     */
    public static ImportedModel savedModel(Path directory, String... tags) {
        return new ImportedModel(directory.toString(), true, Set.of(tags), null, null, "");
    }

    /**
     * Names a GraphDef in binary form whose variables get their first values from its own assignments, or from {@link #checkpoint}. For
     * one whose variables are constants see {@link FrozenGraph}.
     */
    public static ImportedModel graph(Path file) {
        return new ImportedModel(file.toString(), false, Set.of(), null, null, "");
    }

    /**
     * Returns this model with another choice of what learns; by default all float variables that its author marked as trainable.
     *
     * @param names regular expression for whole names of variables; the others become states that nothing changes
     */
    public ImportedModel trainable(String names) {
        Pattern.compile(names);
        return new ImportedModel(path, saved, tags, names, checkpoint, prefix);
    }

    /** Returns this model with first values from another checkpoint, by names of variables; see {@link CheckpointReader#open}. */
    public ImportedModel checkpoint(Path checkpoint) {
        return new ImportedModel(path, saved, tags, trainable, checkpoint.toString(), prefix);
    }

    /** Returns this model with variables called {@code prefix/name}, so that two models can stand in one. */
    public ImportedModel named(String prefix) {
        return new ImportedModel(path, saved, tags, trainable, checkpoint, Names.check("prefix", prefix) + "/");
    }

    /**
     * Returns the signatures by name, with types and shapes of their inputs and outputs.
     *
     * @throws IllegalArgumentException if there is no such model
     */
    public Map<String, SignatureDef> signatures() {
        return Map.copyOf(file().signatures());
    }

    /** Returns all variables of the file, optimizer's slots and counters among them. */
    public List<ImportedVariable> variables() {
        return file().variables().keySet().stream().map(this::variable).toList();
    }

    /**
     * Makes what a signature computes a part of the model.
     *
     * @param inputs what takes the place of the signature's inputs, by their names
     * @return the signature's outputs by name
     * @throws IllegalArgumentException if the signature, an input or a variable's value is not there, a type or shape does not fit, or an
     *     operation does more with a variable than read it; the message names it and what there is
     */
    public Map<String, Operand<?>> importInto(
            ModelBuilder model, String signature, Map<String, ? extends Operand<?>> inputs) {
        return importInto(
                model,
                signature,
                inputs,
                file().signature(signature).getOutputsMap().keySet());
    }

    /** As above, for some of the signature's outputs: what only the others need is left out, variables too. */
    public Map<String, Operand<?>> importInto(
            ModelBuilder model,
            String signature,
            Map<String, ? extends Operand<?>> inputs,
            Collection<String> outputs) {
        SignatureTensors tensors = new SignatureTensors(file(), signature);
        Map<String, String> wanted = tensors.outputs(outputs);
        Map<String, Output<?>> made =
                new ImportedGraph(this, file()).read(model, tensors.inputs(inputs), wanted.values());
        Map<String, Operand<?>> named = new LinkedHashMap<>();
        wanted.forEach((name, tensor) -> named.put(name, requireNonNull(made.get(tensor))));
        return named;
    }

    /**
     * Makes a part of the graph a part of the model, without a signature.
     *
     * @param inputs what takes the place of tensors, by their names in the graph ("x" or "x:0")
     * @param outputs tensors to return
     * @return the outputs by the names that were given
     * @throws IllegalArgumentException as {@link #importInto}
     */
    public Map<String, Operand<?>> tensorsInto(
            ModelBuilder model, Map<String, ? extends Operand<?>> inputs, Collection<String> outputs) {
        Map<String, Operand<?>> given = new LinkedHashMap<>();
        inputs.forEach((name, operand) -> given.put(FlatGraph.tensor(name), operand));
        List<String> wanted = outputs.stream().map(FlatGraph::tensor).toList();
        SignatureTensors.check(file(), given.keySet());
        SignatureTensors.check(file(), wanted);
        Map<String, Output<?>> made = new ImportedGraph(this, file()).read(model, given, wanted);
        Map<String, Operand<?>> named = new LinkedHashMap<>();
        outputs.forEach(name -> named.put(name, requireNonNull(made.get(FlatGraph.tensor(name)))));
        return named;
    }

    /**
     * Makes a signature that trains by itself, gradients and optimizer inside, the training step of the model.
     *
     * <p>Each worker runs it on its own rows, from the same variables; then every variable that it changes, slots and counters too, becomes
     * the mean of the workers' values, weighted by their rows. For plain gradient descent on a mean loss that is what one process would do
     * with the joined batch; for others it is local training with an average after each step. The trainer's own optimizer has nothing to
     * do. Only with all-reduce. Variables become states of the model, counters as floats, exact up to 16,777,216.
     *
     * <p>Call it when {@link ModelBuilder#training()} is true and {@link #importInto} for predictions after it: they share the variables.
     *
     * @param inputs as for {@link #importInto}
     * @return the signature's outputs by name; one of them should be the loss
     */
    public Map<String, Operand<?>> trainInto(
            ModelBuilder model, String signature, Map<String, ? extends Operand<?>> inputs) {
        SignatureTensors tensors = new SignatureTensors(file(), signature);
        Map<String, String> wanted =
                tensors.outputs(file().signature(signature).getOutputsMap().keySet());
        Map<String, Output<?>> made =
                new SignatureTraining(this, file()).add(model, tensors.inputs(inputs), wanted.values());
        Map<String, Operand<?>> named = new LinkedHashMap<>();
        wanted.forEach((name, tensor) -> {
            Output<?> output = made.get(tensor);
            if (output != null) { // an operation that only acts has none
                named.put(name, output);
            }
        });
        return named;
    }

    ImportedVariable variable(String name) {
        var node = file().variable(name);
        DataType type = node.getAttrOrThrow("dtype").getType();
        boolean learns = trainable == null ? !file().isFixed(name) : name.matches(trainable);
        return new ImportedVariable(
                name,
                type,
                ImportedFile.shape(node.getAttrOrThrow("shape").getShape()),
                learns && type == DataType.DT_FLOAT);
    }

    /** Returns what the variable is called in the model. */
    String nameInModel(String variable) {
        List<String> parts = new ArrayList<>();
        for (String part : variable.split("/", -1)) {
            String allowed = part.replaceAll("[^A-Za-z0-9_.\\-]", "_");
            parts.add(allowed.matches("[A-Za-z0-9.].*") ? allowed : "v" + allowed);
        }
        String name = prefix + String.join("/", parts);
        return VariableStore.isReserved(name) ? "imported/" + name : name;
    }

    ImportedValues values() {
        return ImportedValues.of(file(), checkpoint == null ? null : Path.of(checkpoint));
    }

    private ImportedFile file() {
        ImportedFile read = file;
        if (read == null) {
            read = saved ? ImportedFile.savedModel(Path.of(path), tags) : ImportedFile.graph(Path.of(path));
            file = read;
        }
        return read;
    }

    @Override
    public String toString() {
        return path;
    }
}
