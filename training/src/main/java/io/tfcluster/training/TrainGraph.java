package io.tfcluster.training;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.index.Indices;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.ReadVariableOp;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TType;

/**
 * The graph of a trainer: inputs, both builds of the model, gradients, updates.
 *
 * <p>Everything that is run is kept by name, since the parameter servers' copy of the graph is another one (see {@link PlacedGraph}).
 * The fused vector holds what the step changes one after the other, gradients of variables and new values of states, each times the rows
 * of the batch; then the tail: the sums of a {@link Tally}, and {@link StepTail#VOTES} numbers that Java fills in. It may be cut into
 * buckets, see {@link FusionBucket}.
 */
final class TrainGraph implements AutoCloseable {
    static final String RATE = "train/rate";
    static final String ROWS = "train/rows";
    static final String RANDOM_STEP = "train/random_step";
    static final String SCALE = "train/scale";
    static final String APPLY_FUSED = "train/apply_fused";
    static final String INITIALISE_SLOTS = "train/initialise_slots";
    static final String INITIALISE_STEP = "train/initialise_step";
    static final String APPLY = "train/apply";
    static final String TALLY = "train/tally";
    static final String PREDICTING_TALLY = "train/predicting_tally";
    static final String STEP_AFTER = "train/step_after";
    static final String STEP = "train/step";
    static final String GLOBAL_STEP = "global_step";

    private final Graph graph;
    private final Ops train;
    private final List<InputSpec> specs;
    private final VariableStore variables;
    private final ModelBuild training;
    private final ModelBuild predicting;
    private final OptimizerOps optimizer;
    private final VarHandleOp globalStep;
    private final Operand<TFloat32> rows;
    private final Map<String, Operand<?>> inputs;
    private final Map<String, String> pictures = new LinkedHashMap<>();
    private final Map<String, String> strategies = new LinkedHashMap<>();
    private final Map<Set<String>, List<String>> needed = new HashMap<>();
    private @Nullable StateGraph state;

    /** Builds all but the updates' way in, with variables in this process. */
    TrainGraph(ModelFunction function, List<InputSpec> specs, TrainerConfig config, int rank) {
        this(function, specs, config, rank, PsPartition.NONE);
    }

    /** Builds all but the updates' way in; the strategy asks for its own. */
    TrainGraph(ModelFunction function, List<InputSpec> specs, TrainerConfig config, int rank, PsPartition partition) {
        this.graph = new Graph();
        try {
            this.specs = List.copyOf(specs);
            Ops root = Ops.create(graph);
            this.train = root.withSubScope("train");
            this.inputs = ModelBuild.placeholders(root.withSubScope("inputs"), specs);
            this.variables = new VariableStore(root, partition);
            this.training = ModelBuild.of(
                    function,
                    graph,
                    root.withSubScope("model"),
                    inputs,
                    variables,
                    true,
                    Seeds.mix(Seeds.mix(config.seed(), "training"), rank),
                    train.withName("random_step").placeholderWithDefault(train.constant(0L), Shape.scalar()),
                    config.weights().orElse(null));
            variables.seal();
            checkTraining();
            this.predicting = ModelBuild.of(
                    function,
                    graph,
                    root.withSubScope("predict"),
                    inputs,
                    variables,
                    false,
                    Seeds.mix(config.seed(), "predicting"),
                    train.constant(0L),
                    config.weights().orElse(null));
            this.rows = train.withName("rows").placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
            Operand<TFloat32> rate =
                    train.withName("rate").placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
            this.optimizer = new OptimizerOps(root, config.optimizer(), rate);
            this.globalStep = Names.handle(root, "", GLOBAL_STEP, TInt64.class, Shape.scalar());
            group("initialise_step", List.of(train.assignVariableOp(globalStep, train.constant(0L))));
            ReadVariableOp.create(train.scope().withName("step"), globalStep, TInt64.class);
            joined("predicting_tally", predictingTally().pieces(train, rows));
            FlatVariables.add(train, variables.all());
            config.summaries().ifPresent(summaries -> addPictures(summaries.imageCount()));
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
        if (changing().isEmpty()) {
            throw new IllegalArgumentException(
                    "the model function made no variable, so there is nothing to learn; see ModelBuilder.variable");
        }
        if (variables.elements() + tail() > Integer.MAX_VALUE / Float.BYTES) {
            throw new IllegalArgumentException("the model has " + variables.elements()
                    + " parameters; one message between workers holds " + Integer.MAX_VALUE / Float.BYTES + " at most");
        }
    }

    /** Adds the first pictures of a batch: only they are fetched. */
    private void addPictures(int most) {
        training.spec().images().forEach((name, all) -> pictures.put(name, tensor(first(all, most))));
    }

    private <T extends TType> Operand<T> first(Operand<T> rows, int most) {
        return train.stridedSlice(rows, Indices.sliceTo(most));
    }

    /** Adds the gradient in buckets, and the update from those that come back. */
    void addFusedUpdate(List<FusionBucket> buckets) {
        Iterator<Operand<TFloat32>> changes = changes().iterator();
        Map<String, Operand<TFloat32>> sums = new HashMap<>();
        changing().forEach(variable -> sums.put(variable.name(), train.math.mul(flat(changes.next()), rows)));
        Operand<TFloat32> scale =
                train.withName("scale").placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
        Map<String, Operand<TFloat32>> means = new HashMap<>();
        for (FusionBucket bucket : buckets) {
            List<Operand<TFloat32>> parts = new ArrayList<>();
            bucket.variables().forEach(variable -> parts.add(sums.get(variable.name())));
            if (bucket.tail() > 0) {
                parts.addAll(trainingTally().pieces(train, rows));
                parts.add(train.constant(new float[StepTail.VOTES]));
            }
            joined(bucket.fetchName(), parts);
            if (!bucket.variables().isEmpty()) {
                Shape shape = Shape.of(bucket.elements() + (long) bucket.tail());
                Operand<TFloat32> fed =
                        train.withName(bucket.feedName()).placeholder(TFloat32.class, Placeholder.shape(shape));
                Iterator<Operand<TFloat32>> pieces = FlatVariables.cut(train, fed, bucket.variables(), bucket.tail())
                        .iterator();
                bucket.variables()
                        .forEach(variable -> means.put(variable.name(), train.math.mul(pieces.next(), scale)));
            }
        }
        finish(
                "apply_fused",
                apply(
                        train,
                        changing().stream()
                                .map(variable -> requireNonNull(means.get(variable.name()), variable.name()))
                                .toList()));
    }

    /** Adds the update with this worker's own gradient. */
    void addOwnUpdate(boolean stopOnBadLoss) {
        addOwnUpdate(stopOnBadLoss, "apply", List.of());
    }

    /** As above, under another name and after {@code before}; returns the operation that ends it. */
    Op addOwnUpdate(boolean stopOnBadLoss, String name, List<Op> before) {
        variables.checkShareable();
        List<Operand<TFloat32>> changes = changes();
        joined("tally", trainingTally().pieces(train, rows));
        List<Op> first = new ArrayList<>(before);
        if (stopOnBadLoss) {
            first.add(train.assertThat(train.math.isFinite(loss()), List.of(train.constant("bad loss"), loss())));
        }
        Ops checked = train.withControlDependencies(first);
        List<Operand<TFloat32>> own = new ArrayList<>();
        for (Operand<TFloat32> change : changes) {
            own.add(checked.identity(change));
        }
        return finish(name, apply(checked, own));
    }

    /** Applies one change for each of {@link #changing()}: the mean gradient of a variable, the new value of a state. */
    List<Op> apply(Ops tf, List<Operand<TFloat32>> changes) {
        List<VariableStore.Variable> learned = new ArrayList<>();
        List<Operand<TFloat32>> gradients = new ArrayList<>();
        List<Op> applied = new ArrayList<>();
        int index = 0;
        for (VariableStore.Variable variable : changing()) {
            Operand<TFloat32> change = changes.get(index++);
            if (variable.trainable()) {
                learned.add(variable);
                gradients.add(change);
            } else {
                applied.add(tf.assignVariableOp(variable.handle(), change));
            }
        }
        applied.addAll(optimizer.apply(learned, gradients));
        return applied;
    }

    /** What the step changes: all variables, then the states that the training build updates. */
    List<VariableStore.Variable> changing() {
        List<VariableStore.Variable> changing = new ArrayList<>(variables.trainable());
        variables.all().stream()
                .filter(variable -> training.updates().containsKey(variable.name()))
                .forEach(changing::add);
        return changing;
    }

    /** Adds the gradients and returns what {@link #changing()} becomes or changes by: means over the batch's rows. */
    List<Operand<TFloat32>> changes() {
        Map<String, Output<TFloat32>> reads = new LinkedHashMap<>();
        for (VariableStore.Variable variable : variables.trainable()) {
            reads.put(variable.name(), training.reads().get(variable.name()));
        }
        Map<String, Operand<TFloat32>> changes = new HashMap<>(training.updates());
        List<Output<TFloat32>> gradients =
                reads.isEmpty() ? List.of() : GradientBuilder.gradients(graph, loss().asOutput(), reads);
        int index = 0;
        for (String name : reads.keySet()) {
            changes.put(name, gradients.get(index++));
        }
        return changing().stream().map(variable -> changes.get(variable.name())).toList();
    }

    /** Adds what follows an update, and its name; returns the operation that ends it. */
    Op finish(String name, List<Op> applied) {
        List<Op> all = optimizer.finish(applied);
        Op counted = train.withControlDependencies(all).assignAddVariableOp(globalStep, train.constant(1L));
        group(name, List.of(counted));
        ReadVariableOp.create(
                train.withControlDependencies(counted).scope().withName("step_after"), globalStep, TInt64.class);
        group("initialise_slots", optimizer.initialisers());
        state = StateGraph.add(graph);
        return counted;
    }

    /** All that is saved; there once the updates are. */
    StateGraph state() {
        return requireNonNull(state, "state before the updates were added");
    }

    private Operand<TFloat32> loss() {
        return training.spec().loss().orElseThrow();
    }

    Operand<TFloat32> flat(Operand<TFloat32> operand) {
        return train.reshape(operand, train.constant(new int[] {-1}));
    }

    Operand<TFloat32> joined(String name, List<Operand<TFloat32>> pieces) {
        return FlatVariables.join(train, name, pieces);
    }

    void group(String name, List<Op> operations) {
        train.withControlDependencies(operations).withName(name).noOp();
    }

    Graph graph() {
        return graph;
    }

    /** The operations of scope "train". */
    Ops train() {
        return train;
    }

    /** The operation that gives the loss. */
    String lossNode() {
        return loss().asOutput().op().name();
    }

    /** The batch's rows, a scalar. */
    Operand<TFloat32> rows() {
        return rows;
    }

    /** Makes a handle of a variable that serves another one, whose home it shares; "" for one that serves all. */
    <T extends TType> VarHandleOp helper(String name, String owner, Class<T> type, Shape shape) {
        strategies.put(name, owner);
        return Names.handle(Ops.create(graph), "", name, type, shape);
    }

    /** What training steps report. */
    Tally trainingTally() {
        return new Tally(training.spec());
    }

    /** What evaluation reports. */
    Tally predictingTally() {
        return new Tally(predicting.spec());
    }

    /** Numbers behind the changes in the fused vector. */
    int tail() {
        return trainingTally().width() + StepTail.VOTES;
    }

    Collection<VariableStore.Variable> variables() {
        return variables.all();
    }

    /** What the model asked for by one name each, in the order of {@link #variables()}. */
    List<VariableStore.Whole> wholes() {
        return variables.all().stream()
                .map(VariableStore.Variable::whole)
                .distinct()
                .toList();
    }

    /** Refuses models that need variables for themselves, where workers share them. */
    void checkShareable() {
        variables.checkShareable();
    }

    /** Numbers of all variables and states. */
    int elements() {
        return Math.toIntExact(variables.elements());
    }

    /** The optimizer's slots, there once the updates are. */
    List<VarHandleOp> slots() {
        return optimizer.slots();
    }

    /** Slot and helper variables to the variable they serve; "" for those that serve all. */
    Map<String, String> helpers() {
        Map<String, String> helpers = new LinkedHashMap<>(optimizer.owners());
        helpers.put(GLOBAL_STEP, "");
        helpers.putAll(strategies);
        return helpers;
    }

    List<InputSpec> specs() {
        return specs;
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

    /** Tensor names of the first pictures of a batch, by image name; none if no summaries are wanted. */
    Map<String, String> pictures() {
        return Collections.unmodifiableMap(pictures);
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
