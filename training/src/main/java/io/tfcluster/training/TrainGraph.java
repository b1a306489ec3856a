package io.tfcluster.training;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.ReadVariableOp;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * The graph of a trainer: inputs, both builds of the model, gradients, updates.
 *
 * <p>Everything that is run is kept by name, since the parameter servers' copy of the graph is another one (see {@link PlacedGraph}).
 * The fused vector holds all variables or gradients one after the other, then the tail: rows, rows·loss, rows·metric…, and
 * {@value #VOTES} numbers that Java fills in.
 */
final class TrainGraph implements AutoCloseable {
    static final int VOTES = 3;
    static final String RATE = "train/rate";
    static final String ROWS = "train/rows";
    static final String FUSED_IN = "train/fused_in";
    static final String SCALE = "train/scale";
    static final String FUSED = "train/fused";
    static final String APPLY_FUSED = "train/apply_fused";
    static final String ASSIGN_FUSED = "train/assign_fused";
    static final String INITIALISE_SLOTS = "train/initialise_slots";
    static final String INITIALISE_STEP = "train/initialise_step";
    static final String INITIALISED = "train/initialised";
    static final String APPLY = "train/apply";
    static final String STEP_AFTER = "train/step_after";
    static final String STEP = "train/step";
    static final String FLAT = "train/flat";
    static final String GLOBAL_STEP = "global_step";

    private final Graph graph;
    private final Ops train;
    private final List<InputSpec> specs;
    private final VariableStore variables;
    private final ModelBuild training;
    private final ModelBuild predicting;
    private final OptimizerOps optimizer;
    private final VarHandleOp globalStep;
    private final Map<String, Operand<?>> inputs;
    private final Map<Set<String>, List<String>> needed = new HashMap<>();

    /** Builds all but the updates' way in; the strategy asks for its own. */
    TrainGraph(ModelFunction function, List<InputSpec> specs, TrainerConfig config, int rank) {
        this.graph = new Graph();
        try {
            this.specs = List.copyOf(specs);
            Ops root = Ops.create(graph);
            this.inputs = ModelBuild.placeholders(root.withSubScope("inputs"), specs);
            this.variables = new VariableStore(root);
            this.training = ModelBuild.of(
                    function,
                    graph,
                    root.withSubScope("model"),
                    inputs,
                    variables,
                    true,
                    Seeds.mix(Seeds.mix(config.seed(), "training"), rank));
            variables.seal();
            checkTraining();
            this.predicting = ModelBuild.of(
                    function,
                    graph,
                    root.withSubScope("predict"),
                    inputs,
                    variables,
                    false,
                    Seeds.mix(config.seed(), "predicting"));
            this.train = root.withSubScope("train");
            Operand<TFloat32> rate =
                    train.withName("rate").placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
            this.optimizer = new OptimizerOps(root, config.optimizer(), rate);
            this.globalStep = Names.handle(root, "", GLOBAL_STEP, TInt64.class, Shape.scalar());
            train.withName("initialised").varIsInitializedOp(globalStep);
            group("initialise_step", List.of(train.assignVariableOp(globalStep, train.constant(0L))));
            ReadVariableOp.create(train.scope().withName("step"), globalStep, TInt64.class);
        } catch (RuntimeException e) {
            graph.close();
            throw e;
        }
    }

    private void checkTraining() {
        if (training.spec().loss().isEmpty()) {
            throw new IllegalArgumentException(
                    "the model function set no loss; a trainer needs one to minimise: ModelSpec.builder().loss(…)");
        }
        if (variables.all().isEmpty()) {
            throw new IllegalArgumentException(
                    "the model function made no variable, so there is nothing to learn; see ModelBuilder.variable");
        }
        if (variables.elements() + tail() > Integer.MAX_VALUE / Float.BYTES) {
            throw new IllegalArgumentException("the model has " + variables.elements()
                    + " parameters; one message between workers holds " + Integer.MAX_VALUE / Float.BYTES + " at most");
        }
    }

    /** Adds the fused gradient, and the update from one that comes back. */
    void addFusedUpdate() {
        List<Output<TFloat32>> gradients = gradients();
        Operand<TFloat32> rows = train.withName("rows").placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
        List<Operand<TFloat32>> parts = new ArrayList<>();
        gradients.forEach(gradient -> parts.add(flat(gradient)));
        List<Operand<TFloat32>> tail = new ArrayList<>();
        tail.add(train.constant(1f));
        tail.add(loss());
        tail.addAll(training.spec().metrics().values());
        for (int i = 0; i < VOTES; i++) {
            tail.add(train.constant(0f));
        }
        parts.add(train.stack(tail));
        train.withName("fused").math.mul(train.concat(parts, train.constant(0)), rows);

        List<Operand<TFloat32>> pieces = fusedPieces();
        Operand<TFloat32> scale =
                train.withName("scale").placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
        List<Op> applied = new ArrayList<>();
        int index = 0;
        for (VariableStore.Variable variable : variables.all()) {
            applied.add(optimizer.apply(variable, train.math.mul(pieces.get(index++), scale)));
        }
        finish("apply_fused", applied, pieces);
    }

    /** Adds the update with this worker's own gradient. */
    void addOwnUpdate(boolean stopOnBadLoss) {
        List<Output<TFloat32>> gradients = gradients();
        Ops checked = train;
        if (stopOnBadLoss) {
            checked = train.withControlDependencies(
                    train.assertThat(train.math.isFinite(loss()), List.of(train.constant("bad loss"), loss())));
        }
        List<Op> applied = new ArrayList<>();
        int index = 0;
        for (VariableStore.Variable variable : variables.all()) {
            applied.add(optimizer.apply(variable, checked.identity(gradients.get(index++))));
        }
        finish("apply", applied, fusedPieces());
    }

    private void finish(String name, List<Op> applied, List<Operand<TFloat32>> pieces) {
        List<Op> all = optimizer.finish(applied);
        Op counted = train.withControlDependencies(all).assignAddVariableOp(globalStep, train.constant(1L));
        group(name, List.of(counted));
        ReadVariableOp.create(
                train.withControlDependencies(counted).scope().withName("step_after"), globalStep, TInt64.class);
        List<Op> assigned = new ArrayList<>();
        List<Operand<TFloat32>> values = new ArrayList<>();
        int index = 0;
        for (VariableStore.Variable variable : variables.all()) {
            assigned.add(train.assignVariableOp(variable.handle(), pieces.get(index++)));
            values.add(flat(train.readVariableOp(variable.handle(), TFloat32.class)));
        }
        group("assign_fused", assigned);
        group("initialise_slots", optimizer.initialisers());
        if (values.size() == 1) { // concat wants two
            train.withName("flat").identity(values.get(0));
        } else {
            train.withName("flat").concat(values, train.constant(0));
        }
    }

    /** Cuts a vector that is fed into pieces of the variables' shapes. */
    private List<Operand<TFloat32>> fusedPieces() {
        int count = variables.all().size();
        Operand<TFloat32> fed = train.withName("fused_in")
                .placeholder(TFloat32.class, Placeholder.shape(Shape.of(variables.elements() + tail())));
        int[] sizes = new int[count + 1];
        int index = 0;
        for (VariableStore.Variable variable : variables.all()) {
            sizes[index++] = variable.size();
        }
        sizes[count] = tail();
        List<Output<TFloat32>> cut = train.splitV(fed, train.constant(sizes), train.constant(0), count + 1L)
                .output();
        List<Operand<TFloat32>> pieces = new ArrayList<>();
        index = 0;
        for (VariableStore.Variable variable : variables.all()) {
            pieces.add(train.reshape(
                    cut.get(index++), train.constant(variable.shape().asArray())));
        }
        return pieces;
    }

    private List<Output<TFloat32>> gradients() {
        return GradientBuilder.gradients(graph, loss().asOutput(), training.reads());
    }

    private Operand<TFloat32> loss() {
        return training.spec().loss().orElseThrow();
    }

    private Operand<TFloat32> flat(Operand<TFloat32> operand) {
        return train.reshape(operand, train.constant(new int[] {-1}));
    }

    private void group(String name, List<Op> operations) {
        train.withControlDependencies(operations).withName(name).noOp();
    }

    Graph graph() {
        return graph;
    }

    /** Numbers behind the gradients in the fused vector. */
    int tail() {
        return 2 + training.spec().metrics().size() + VOTES;
    }

    Collection<VariableStore.Variable> variables() {
        return variables.all();
    }

    int elements() {
        return Math.toIntExact(variables.elements());
    }

    /** Slot and helper variables to the variable they serve; "" for those that serve all. */
    Map<String, String> helpers() {
        Map<String, String> helpers = new LinkedHashMap<>(optimizer.owners());
        helpers.put(GLOBAL_STEP, "");
        return helpers;
    }

    List<InputSpec> specs() {
        return specs;
    }

    List<String> metricNames() {
        return training.metricNames();
    }

    /** Tensor names of loss ("loss") and metrics of the training build. */
    Map<String, String> trainingScalars() {
        return scalars(training);
    }

    /** Tensor names of loss ("loss", if the build has one) and metrics of the predicting build. */
    Map<String, String> predictingScalars() {
        return scalars(predicting);
    }

    /** Tensor names of the predictions. */
    Map<String, String> predictions() {
        Map<String, String> names = new LinkedHashMap<>();
        predicting.spec().predictions().forEach((name, operand) -> names.put(name, tensor(operand)));
        return names;
    }

    /** Input names to the tensor names of their placeholders. */
    Map<String, String> placeholders() {
        Map<String, String> names = new LinkedHashMap<>();
        inputs.forEach((name, operand) -> names.put(name, tensor(operand)));
        return names;
    }

    /** Returns which inputs must be fed to fetch these tensors; remembered, since the graph may hold a frozen one of many megabytes. */
    List<String> neededFor(Collection<String> tensors) {
        return needed.computeIfAbsent(Set.copyOf(tensors), this::ancestorInputs);
    }

    private List<String> ancestorInputs(Set<String> tensors) {
        Set<String> ancestors = new GraphWalk(graph.toGraphDef())
                .ancestors(tensors.stream().map(GraphWalk::nodeOf).toList());
        return placeholders().entrySet().stream()
                .filter(input -> ancestors.contains(GraphWalk.nodeOf(input.getValue())))
                .map(Map.Entry::getKey)
                .toList();
    }

    private static Map<String, String> scalars(ModelBuild build) {
        Map<String, String> names = new LinkedHashMap<>();
        build.spec().loss().ifPresent(loss -> names.put("loss", tensor(loss)));
        build.spec().metrics().forEach((name, metric) -> names.put(name, tensor(metric)));
        return names;
    }

    static String tensor(Operand<?> operand) {
        Output<?> output = operand.asOutput();
        return output.op().name() + ":" + output.index();
    }

    /** Frees the graph; its sessions must be closed before. */
    @Override
    public void close() {
        graph.close();
    }
}
