package io.tfcluster.training;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tensorflow.DeviceSpec;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReadVariableOp;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TType;

/**
 * What a {@link ModelFunction} builds its model with: inputs, variables, TensorFlow's operations.
 *
 * <p>Made by the trainer for one call of the function, used by one thread, not kept.
 *
 * <pre>{@code
 * Operand<TFloat32> image = tf.dtypes.cast(model.input("image", TUint8.class), TFloat32.class); // [rows, 96, 96, 3]
 * Operand<TFloat32> kernel = model.variable("conv1/kernel", Shape.of(3, 3, 3, 16), Initializer.heNormal());
 * }</pre>
 */
public final class ModelBuilder {
    private final Graph graph;
    private final Ops tf;
    private final ModelInputs inputs;
    private final VariableStore variables;
    private final boolean training;
    private final long seed;
    private final Operand<TInt64> step;
    private final @Nullable DeviceSpec device;
    private final Map<String, Output<TFloat32>> reads;
    private final Map<String, Output<TFloat32>> wholes;
    private final Map<String, Operand<TFloat32>> updates;
    private final AtomicLong seeds;

    /**
     * Makes a builder for one call.
     *
     * @param step scalar, another one in each training step: what random numbers are drawn from, beside the seed
     */
    ModelBuilder(
            Graph graph,
            Ops tf,
            Map<String, Operand<?>> inputs,
            VariableStore variables,
            boolean training,
            long seed,
            Operand<TInt64> step) {
        this(graph, tf, ModelInputs.of(inputs), variables, training, seed, step);
    }

    /** As the other one, for inputs that are made when they are asked for. */
    ModelBuilder(
            Graph graph,
            Ops tf,
            ModelInputs inputs,
            VariableStore variables,
            boolean training,
            long seed,
            Operand<TInt64> step) {
        this.graph = graph;
        this.tf = tf;
        this.inputs = inputs;
        this.variables = variables;
        this.training = training;
        this.seed = seed;
        this.step = step;
        this.device = null;
        this.reads = new LinkedHashMap<>();
        this.wholes = new LinkedHashMap<>();
        this.updates = new LinkedHashMap<>();
        this.seeds = new AtomicLong();
    }

    private ModelBuilder(ModelBuilder of, DeviceSpec device) {
        this.graph = of.graph;
        this.tf = of.tf.withDevice(device);
        this.inputs = of.inputs;
        this.variables = of.variables;
        this.training = of.training;
        this.seed = of.seed;
        this.step = of.step;
        this.device = device;
        this.reads = of.reads;
        this.wholes = of.wholes;
        this.updates = of.updates;
        this.seeds = of.seeds;
    }

    /**
     * Returns this model with its operations on a task of the cluster, to place a network over several processes: what is built with the
     * builder returned runs there, with its gradients, and variables that it is the first to ask for live there, with their slots.
     *
     * <p>Kept where variables live on parameter servers; with all-reduce, and in exported models, all stays in one process. The task needs
     * a TensorFlow server: a parameter server's, or that of another node.
     *
     * <pre>{@code
     * DeviceSpec second = DeviceSpec.newBuilder().job("ps").task(1).build();
     * Operand<TFloat32> hidden = Layers.dense(model, "hidden", x, 512);
     * Operand<TFloat32> logits = Layers.dense(model.withDevice(second), "out", hidden, 10);
     * }</pre>
     */
    public ModelBuilder withDevice(DeviceSpec device) {
        requireNonNull(device, "device");
        return variables.placed() ? new ModelBuilder(this, device) : this;
    }

    /** Returns TensorFlow's operations; they go into the trainer's graph. */
    public Ops tf() {
        return tf;
    }

    /** Returns whether this build is for training steps; if not, leave out dropout and augmentation. */
    public boolean training() {
        return training;
    }

    /**
     * Returns an input, of shape [rows, …] with rows unknown.
     *
     * @throws IllegalArgumentException if there is no such input; the message lists those there are
     */
    public Operand<?> input(String name) {
        return found(name, inputs.find(requireNonNull(name, "name")));
    }

    private Operand<?> found(String name, @Nullable Operand<?> input) {
        if (input == null) {
            throw new IllegalArgumentException("the model asks for input \"" + name + "\"; there is "
                    + (inputs.names().isEmpty() ? "none" : inputs.table()));
        }
        return input;
    }

    /**
     * Returns an input of a known type.
     *
     * @throws IllegalArgumentException if there is no such input, or it has another type: cast it with {@code tf().dtypes.cast}
     */
    public <T extends TType> Operand<T> input(String name, Class<T> type) {
        Operand<?> input = found(name, inputs.find(requireNonNull(name, "name"), type));
        if (input.asOutput().dataType() != TensorTypes.dtype(type)) {
            throw new IllegalArgumentException("the model asks for input \"" + name + "\" as " + TensorTypes.dtype(type)
                    + " but it is " + describe(name, input) + "; ask for its own type and cast with tf().dtypes.cast");
        }
        @SuppressWarnings("unchecked") // the data type was compared
        Operand<T> typed = (Operand<T>) input;
        return typed;
    }

    /** Returns the names of the inputs there are. */
    public List<String> inputNames() {
        return inputs.names();
    }

    /**
     * Returns a trainable variable's value; the same variable for the same name in all builds.
     *
     * @param name letters, digits, '.', '_', '-', with parts separated by '/'
     * @param shape all sizes known
     * @throws IllegalArgumentException if the name is taken by a variable of another shape
     */
    public Operand<TFloat32> variable(String name, Shape shape, Initializer initializer) {
        return read(name, shape, initializer, true);
    }

    /**
     * Returns the value of a state: a variable that no gradient changes, such as a moving mean. It is saved, exported and shared between
     * builds as others are; see {@link #updateState}.
     *
     * @throws IllegalArgumentException if the name is taken by a state of another shape, or by a variable
     */
    public Operand<TFloat32> state(String name, Shape shape, Initializer initializer) {
        return read(name, shape, initializer, false);
    }

    private Output<TFloat32> read(String name, Shape shape, Initializer initializer, boolean trainable) {
        Names.check("variable", name);
        List<VariableStore.Variable> parts = variables.parts(name, shape, initializer, trainable, device);
        Output<TFloat32> known = wholes.get(name);
        if (known != null) {
            return known;
        }
        List<Operand<TFloat32>> values = new ArrayList<>();
        for (VariableStore.Variable part : parts) {
            Output<TFloat32> made = Names.scoped(
                    tf.withSubScope("read"),
                    part.name(),
                    ops -> ReadVariableOp.create(ops.scope(), part.handle(), TFloat32.class)
                            .value());
            reads.put(part.name(), made);
            values.add(made);
        }
        Output<TFloat32> whole = parts.size() == 1
                ? values.get(0).asOutput()
                : tf.concat(values, tf.constant(0)).asOutput();
        wholes.put(name, whole);
        return whole;
    }

    /**
     * Says what a state becomes with each training step: the mean of the workers' values, weighted by their rows. Does nothing in builds
     * that are not for training.
     *
     * @param name of a state that this build has asked for
     * @param value of the state's shape
     * @throws IllegalArgumentException if there is no such state, it is updated twice, or the shape differs
     */
    public void updateState(String name, Operand<TFloat32> value) {
        Output<TFloat32> read = wholes.get(name);
        if (read == null || variables.trainable(name)) {
            throw new IllegalArgumentException(
                    "there is no state \"" + name + "\" to update; ask for it with ModelBuilder.state first");
        }
        if (!read.shape().isCompatibleWith(value.shape())) {
            throw new IllegalArgumentException("state \"" + name + "\" has shape " + Shapes.text(read.shape())
                    + " but is updated with " + Shapes.text(value.shape()));
        }
        if (!training) {
            return;
        }
        List<VariableStore.Variable> parts = variables.parts(name);
        long row = 0;
        for (VariableStore.Variable part : parts) {
            Operand<TFloat32> own = parts.size() == 1 ? value : rowsOf(value, row, part.shape());
            if (updates.putIfAbsent(part.name(), own) != null) {
                throw new IllegalArgumentException("state \"" + name + "\" is updated twice");
            }
            row += part.shape().numDimensions() == 0 ? 1 : part.shape().get(0);
        }
    }

    private Operand<TFloat32> rowsOf(Operand<TFloat32> value, long first, Shape shape) {
        long[] begin = new long[shape.numDimensions()];
        begin[0] = first;
        return tf.slice(value, tf.constant(begin), tf.constant(shape.asArray()));
    }

    /**
     * Returns a seed for a stateful random operation: another one at each call, the same sequence in each run.
     *
     * <p>In training builds it depends on the worker's rank too, so that workers drop and augment differently. The state of such operations
     * is not in checkpoints; {@link #randomSeed()} has none.
     *
     * @return a number above 0, since TensorFlow takes 0 for "no seed"
     */
    public long seed() {
        return (Seeds.mix(seed, seeds.incrementAndGet()) >>> 1) | 1;
    }

    /**
     * Returns a seed for TensorFlow's stateless random operations, shape [2]: another one at each call and in each training step, so that
     * training that goes on from a checkpoint draws the numbers it would have drawn. In training builds it depends on the worker's rank too.
     */
    public Operand<TInt64> randomSeed() {
        return tf.stack(List.of(tf.constant(seed()), step));
    }

    /** Returns whether a build has asked for a state of this name. */
    boolean isState(String name) {
        return variables.isState(name);
    }

    /** Says that each worker must have copies of the variables for itself. */
    void needOwnCopies(String what) {
        variables.needOwnCopies(what);
    }

    Graph graph() {
        return graph;
    }

    /** What was read of each variable in this build, by variable name; of those in parts, of each part. */
    Map<String, Output<TFloat32>> reads() {
        return reads;
    }

    /** What states become with a step, by name. */
    Map<String, Operand<TFloat32>> updates() {
        return updates;
    }

    static String table(Map<String, ? extends Operand<?>> operands) {
        return operands.entrySet().stream()
                .map(e -> describe(e.getKey(), e.getValue()))
                .collect(Collectors.joining(", "));
    }

    static String describe(String name, Operand<?> operand) {
        return "\"" + name + "\": " + operand.asOutput().dataType() + " " + Shapes.text(operand.shape());
    }
}
