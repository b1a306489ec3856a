package io.tfcluster.training;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.op.io.QueueEnqueue;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TType;

/**
 * The operations of synchronous parameter servers.
 *
 * <p>Each server has a vector per worker, where the worker puts its gradients times its rows, and a sum, to which rank 0 adds those that
 * count; the update is made of the sums, each on its server, in the locks of a {@link PsJournal}. Gradients never travel to rank 0.
 */
final class PsSyncGraph {
    /** First part of the sums' names. */
    static final String SUM = StateGraph.OWN + "sync_sum_";
    /** Computes a batch's gradients, puts them on the servers, then announces them. */
    static final String PUSH = "train/sync_push";

    static final String PUSH_NUMBERS = "train/sync_push_numbers";
    static final String PUSH_STEP = "train/sync_push_step";
    /** The step for which somebody came with rows last. */
    static final String STARTED = "train/sync_started";

    static final String INITIALISE = "train/sync_initialise";
    /** Among the pushes: asks rank 0 to look whether variables were lost. */
    static final PsLetter LOOK = new PsLetter(new long[0], new double[0], "look");

    /** Among the pushes: asks rank 0 to answer, with its rank and a number. */
    static final String GREETING = "greeting";

    static final PsMailbox PUSHES = new PsMailbox("sync_pushes");

    private final TrainGraph graph;
    private final ParameterServers servers;
    private final Ops train;
    private final List<VariableStore.Variable> changing;
    /** Per server: which of what changes lives there. */
    private final List<List<Integer>> groups;

    private final List<String> groupHomes;
    private final Map<String, VarHandleOp> handles = new LinkedHashMap<>();

    private PsSyncGraph(TrainGraph graph, ParameterServers servers) {
        this.graph = graph;
        this.servers = servers;
        this.train = graph.train();
        this.changing = graph.changing();
        Map<String, String> homes = PlacedGraph.homes(graph, servers.count());
        Map<String, List<Integer>> byHome = new LinkedHashMap<>();
        for (int i = 0; i < changing.size(); i++) {
            byHome.computeIfAbsent(homes.get(changing.get(i).name()), home -> new ArrayList<>())
                    .add(i);
        }
        this.groups = List.copyOf(byHome.values());
        this.groupHomes = List.copyOf(byHome.keySet());
    }

    static PsMailbox tokens(int rank) {
        return new PsMailbox("sync_tokens_" + rank);
    }

    /** Adds a worker's push and the update, and on rank 0 what sums up; returns rank 0's journal. */
    static @Nullable PsJournal add(TrainGraph graph, ParameterServers servers) {
        graph.checkShareable();
        PsSyncGraph sync = new PsSyncGraph(graph, servers);
        sync.addPush(PUSHES.add(graph.train()));
        if (servers.rank() != 0) {
            sync.addUpdate();
            tokens(servers.rank()).add(graph.train());
            return null;
        }
        Set<String> homes = new LinkedHashSet<>(List.of(PlacedGraph.server(0)));
        homes.addAll(sync.groupHomes);
        PsJournal journal = new PsJournal(graph, homes);
        sync.addUpdate(journal);
        for (int rank = 0; rank < servers.workers(); rank++) {
            tokens(rank).add(graph.train());
            sync.addSums(rank, journal);
        }
        return journal;
    }

    private void addPush(Operand<? extends TType> queue) {
        List<Operand<TFloat32>> changes = graph.changes();
        Operand<TFloat32> tally = graph.joined("tally", graph.trainingTally().pieces(train, graph.rows()));
        List<Op> put = new ArrayList<>();
        for (int group = 0; group < groups.size(); group++) {
            List<Operand<TFloat32>> sums = new ArrayList<>();
            for (int i : groups.get(group)) {
                sums.add(train.math.mul(graph.flat(changes.get(i)), graph.rows()));
            }
            Operand<TFloat32> joined = sums.size() == 1 ? sums.get(0) : train.concat(sums, train.constant(0));
            put.add(train.assignVariableOp(pushed(group, servers.rank()), joined));
        }
        VarHandleOp started = graph.helper(StateGraph.OWN + "sync_started_step", "", TInt64.class, Shape.scalar());
        put.add(train.assignVariableOp(
                started,
                train.withName("sync_push_step").placeholder(TInt64.class, Placeholder.shape(Shape.scalar()))));
        train.withName("sync_started").readVariableOp(started, TInt64.class);
        graph.group("sync_initialise", List.of(train.assignVariableOp(started, train.constant(-1L))));

        List<Operand<?>> letter = List.of(
                train.withName("sync_push_numbers")
                        .placeholder(TInt64.class, Placeholder.shape(Shape.of(Shape.UNKNOWN_SIZE))),
                train.dtypes.cast(tally, TFloat64.class),
                train.constant(""));
        QueueEnqueue.create(
                train.withDevice(PsMarks.server(0))
                        .withControlDependencies(put)
                        .withName("sync_push")
                        .scope(),
                queue,
                letter);
    }

    /** Adds the update as it is on ranks that never run it: what it changes is saved and read there too. */
    private void addUpdate() {
        graph.finish("apply", graph.apply(train, means(group -> train)));
    }

    private void addUpdate(PsJournal journal) {
        PsJournal.Section section = journal.open();
        List<Op> applied = new ArrayList<>(graph.apply(train, means(group -> section.at(groupHomes.get(group)))));
        applied.addAll(section.checks());
        Op counted = graph.finish("applied", applied);
        graph.group("apply", section.close(applied, List.of(counted)));
        journal.add(changed());
    }

    /** Variables that an update changes, and their slots, to their servers. */
    private Map<VarHandleOp, String> changed() {
        Map<String, String> homes = PlacedGraph.homes(graph, servers.count());
        Map<VarHandleOp, String> changed = new LinkedHashMap<>();
        for (VariableStore.Variable variable : changing) {
            changed.put(variable.handle(), String.valueOf(homes.get(variable.name())));
        }
        graph.slots().forEach(slot -> changed.put(slot, String.valueOf(homes.get(Names.shared(slot)))));
        return changed;
    }

    /** Returns the mean of each change, from the sums that {@code reading} reads. */
    private List<Operand<TFloat32>> means(IntFunction<Ops> reading) {
        Operand<TFloat32> scale =
                train.withName("scale").placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
        List<Operand<TFloat32>> means = new ArrayList<>(changing.size());
        changing.forEach(variable -> means.add(scale)); // each is replaced by its own
        for (int group = 0; group < groups.size(); group++) {
            List<VariableStore.Variable> variables =
                    groups.get(group).stream().map(changing::get).toList();
            Output<TFloat32> sum = reading.apply(group)
                    .readVariableOp(sum(group), TFloat32.class)
                    .value();
            List<Operand<TFloat32>> pieces = FlatVariables.cut(train, train.math.mul(sum, scale), variables, 0);
            for (int i = 0; i < variables.size(); i++) {
                means.set(groups.get(group).get(i), pieces.get(i));
            }
        }
        return means;
    }

    private void addSums(int rank, PsJournal journal) {
        List<Op> first = new ArrayList<>();
        List<Op> more = new ArrayList<>();
        PsJournal.Section making = journal.open();
        PsJournal.Section adding = journal.open();
        for (int group = 0; group < groups.size(); group++) {
            String home = groupHomes.get(group);
            VarHandleOp sum = sum(group);
            first.add(train.assignVariableOp(sum, making.at(home).readVariableOp(pushed(group, rank), TFloat32.class)));
            more.add(train.assignAddVariableOp(
                    sum, adding.at(home).readVariableOp(pushed(group, rank), TFloat32.class)));
        }
        graph.group("sync_first_" + rank, making.close(first, first));
        graph.group("sync_more_" + rank, adding.close(more, more));
    }

    /** The target that makes the sums of a worker's gradients, or adds these to them. */
    static String count(int rank, boolean first) {
        return (first ? "train/sync_first_" : "train/sync_more_") + rank;
    }

    private VarHandleOp sum(int group) {
        return handle(SUM + group, group);
    }

    private VarHandleOp pushed(int group, int rank) {
        return handle(StateGraph.OWN + "sync_pushed_" + group + "_" + rank, group);
    }

    private VarHandleOp handle(String name, int group) {
        return handles.computeIfAbsent(name, made -> {
            int elements = groups.get(group).stream()
                    .mapToInt(i -> changing.get(i).size())
                    .sum();
            String neighbour = changing.get(groups.get(group).get(0)).name();
            return graph.helper(name, neighbour, TFloat32.class, Shape.of(elements));
        });
    }
}
