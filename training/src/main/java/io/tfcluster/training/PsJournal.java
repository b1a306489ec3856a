package io.tfcluster.training;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tensorflow.DeviceSpec;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ConsumeMutexLock;
import org.tensorflow.op.core.Mutex;
import org.tensorflow.op.core.MutexLock;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * What makes an update of synchronous parameter servers whole, whoever dies or freezes in the middle of it.
 *
 * <pre>
 *  on each server    before   all that the update changes there, as it was at global step "begun"
 *                    begun    written when "before" is complete, and before the update begins
 *                    token    of the one who may change anything: the rank 0 that came last
 *                    lock     held by each run that changes anything, from before it looks at the token until it has ended
 *  on one            global_step, raised when all servers have applied: that moment makes the update
 *
 *  a rank 0 that comes, or lost its connection: token = its own, behind the lock; then where begun = global_step, put back "before"
 * </pre>
 *
 * <p>What an earlier rank 0 still has under way, in the queue of a frozen server for instance, has ended when the lock was had, or finds
 * another token and does nothing. Copies cost little: TensorFlow copies a variable when an update finds that its memory has two owners.
 */
final class PsJournal {
    private static final Logger log = LoggerFactory.getLogger(PsJournal.class);
    private static final Pattern TASK = Pattern.compile(".*/job:([^/]+).*/task:(\\d+).*");

    private static final String TOKEN = "train/journal_token";
    private static final String TAKE = "train/journal_take";
    private static final String BEGUN = "train/journal_begun";
    private static final String UNDO = "train/journal_undo_";
    /** Fed to {@link #BEGIN}: the global step before the update. */
    static final String STEP = "train/journal_step";

    /** Keeps what an update is to change; run before any. */
    static final String BEGIN = "train/journal_begin";
    /** Forgets what was kept: variables were set. */
    static final String FORGET = "train/journal_forget";

    private final TrainGraph graph;
    private final Ops train;
    private final List<String> homes;
    private final List<DeviceSpec> places = new ArrayList<>();
    private final List<Mutex> locks = new ArrayList<>();
    private final List<VarHandleOp> tokens = new ArrayList<>();
    private final List<VarHandleOp> begun = new ArrayList<>();
    private final Operand<TInt64> token;
    private long own;

    /** Adds locks; {@code homes} are the servers' devices, the first of them that of the global step. */
    PsJournal(TrainGraph graph, Collection<String> homes) {
        this.graph = graph;
        this.train = graph.train();
        this.homes = List.copyOf(homes);
        this.token = scalar("journal_token");
        for (String home : this.homes) {
            int place = places.size();
            DeviceSpec device = device(home);
            places.add(device);
            locks.add(Mutex.create(
                    train.withDevice(device).withName("journal_lock_" + place).scope(),
                    Mutex.sharedName(StateGraph.OWN + "journal_lock_" + place)));
            tokens.add(handle("journal_token_" + place, device));
            begun.add(handle("journal_begun_" + place, device));
        }
    }

    private static DeviceSpec device(String home) {
        Matcher task = TASK.matcher(home);
        if (!task.matches()) {
            throw new IllegalArgumentException("variables of synchronous parameter servers are on tasks, such as "
                    + "/job:ps/task:0; the model put one on \"" + home + "\"");
        }
        return DeviceSpec.newBuilder()
                .job(task.group(1))
                .task(Integer.parseInt(task.group(2)))
                .build();
    }

    private Operand<TInt64> scalar(String name) {
        return train.withName(name).placeholder(TInt64.class, Placeholder.shape(Shape.scalar()));
    }

    private VarHandleOp handle(String name, DeviceSpec device) {
        return Names.handle(
                Ops.create(graph.graph()).withDevice(device), "", StateGraph.OWN + name, TInt64.class, Shape.scalar());
    }

    /** Operations that change what is on the servers, each between the lock and its end. */
    final class Section {
        private final List<MutexLock> held = new ArrayList<>();
        private final List<Op> checks = new ArrayList<>();

        private Section(boolean checked) {
            for (int place = 0; place < places.size(); place++) {
                Ops there = train.withDevice(places.get(place));
                MutexLock lock = MutexLock.create(there.scope(), locks.get(place));
                held.add(lock);
                checks.add(checked ? check(there.withControlDependencies(List.of(lock)), place) : lock);
            }
        }

        private Op check(Ops there, int place) {
            Operand<TInt64> found = there.readVariableOp(tokens.get(place), TInt64.class);
            return there.assertThat(
                    there.math.equal(found, token),
                    List.of(train.constant("another rank 0 has taken these parameter servers over"), found));
        }

        /** Returns operations that come after the lock of a server. */
        Ops at(String home) {
            return at(homes.indexOf(home));
        }

        private Ops at(int place) {
            return train.withControlDependencies(List.of(checks.get(place)));
        }

        /** What must be done before anything that comes after all locks. */
        List<Op> checks() {
            return checks;
        }

        /** Returns the ends of the locks, each after {@code done}, that of the global step's after {@code last}. */
        List<Op> close(List<Op> done, List<Op> last) {
            List<Op> ends = new ArrayList<>();
            for (int place = 0; place < held.size(); place++) {
                ends.add(end(place, place == 0 ? last : done));
            }
            return ends;
        }

        private Op end(int place, List<Op> done) {
            return ConsumeMutexLock.create(
                    train.withDevice(places.get(place))
                            .withControlDependencies(done)
                            .scope(),
                    held.get(place));
        }
    }

    Section open() {
        return new Section(true);
    }

    /**
     * Adds the journal's own runs.
     *
     * @param changed what an update changes, to the servers where it is
     */
    void add(Map<VarHandleOp, String> changed) {
        Section taking = new Section(false);
        List<Op> taken = new ArrayList<>();
        List<Op> forgotten = new ArrayList<>();
        List<Operand<TInt64>> all = new ArrayList<>();
        for (int place = 0; place < places.size(); place++) {
            taken.add(taking.at(place).assignVariableOp(tokens.get(place), token));
            forgotten.add(train.assignVariableOp(
                    begun.get(place), train.withDevice(places.get(place)).constant(-1L)));
            all.add(train.withDevice(places.get(place)).readVariableOp(begun.get(place), TInt64.class));
        }
        graph.group("journal_take", ends(taking, taken));
        graph.group("journal_forget", forgotten);
        train.withName("journal_begun").stack(all);
        addCopies(changed);
    }

    private static List<Op> ends(Section section, List<Op> done) {
        List<Op> ends = new ArrayList<>();
        for (int place = 0; place < done.size(); place++) {
            ends.add(section.end(place, List.of(done.get(place))));
        }
        return ends;
    }

    private void addCopies(Map<VarHandleOp, String> changed) {
        Map<Integer, List<Op>> kept = new LinkedHashMap<>();
        Map<Integer, List<Op>> undone = new LinkedHashMap<>();
        Section keeping = open();
        Section undoing = open();
        changed.forEach((live, home) -> {
            int place = homes.indexOf(home);
            String name = Names.shared(live);
            Shape shape = ((GraphOperation) live.op()).attributes().getAttrShape("shape");
            VarHandleOp before = graph.helper(StateGraph.OWN + "before/" + name, name, TFloat32.class, shape);
            kept.computeIfAbsent(place, made -> new ArrayList<>()).add(copy(keeping.at(place), live, before));
            undone.computeIfAbsent(place, made -> new ArrayList<>()).add(copy(undoing.at(place), before, live));
        });
        Operand<TInt64> step = scalar("journal_step");
        List<Op> marked = new ArrayList<>();
        for (int place = 0; place < places.size(); place++) {
            List<Op> copies = kept.getOrDefault(place, List.of(keeping.checks.get(place)));
            marked.add(train.withControlDependencies(copies).assignVariableOp(begun.get(place), step));
            List<Op> put = undone.getOrDefault(place, List.of(undoing.checks.get(place)));
            graph.group("journal_undo_" + place, List.of(undoing.end(place, put)));
        }
        graph.group("journal_begin", ends(keeping, marked));
    }

    private static Op copy(Ops ops, VarHandleOp from, VarHandleOp to) {
        return ops.assignVariableOp(to, ops.readVariableOp(from, TFloat32.class));
    }

    /** Makes this process the one that updates, and takes back what another one, or a broken connection, left half made. */
    void takeOver(PsConnection connection) {
        own = ThreadLocalRandom.current().nextLong();
        run(connection, "taking over the parameter servers", List.of(TAKE));
        long step = connection.readStep();
        List<String> undo = new ArrayList<>();
        try (Result result = connection.run("looking for a half-made update", Map.of(), List.of(BEGUN), List.of())) {
            TInt64 found = (TInt64) result.get(0);
            for (int place = 0; place < places.size(); place++) {
                if (found.getLong(place) == step) {
                    undo.add(UNDO + place);
                }
            }
        }
        if (!undo.isEmpty()) {
            run(connection, "taking back a half-made update", undo);
            log.info("update {} had begun and was not made; the variables are those of step {}", step + 1, step);
        }
    }

    private void run(PsConnection connection, String doing, List<String> targets) {
        run(connection, doing, Map.of(), List.of(), targets).close();
    }

    /** Runs targets that were made with {@link #open()}. */
    Result run(
            PsConnection connection,
            String doing,
            Map<String, ? extends Tensor> fed,
            List<String> fetched,
            List<String> targets) {
        Map<String, Tensor> all = new HashMap<>(fed);
        try (TInt64 mine = TInt64.scalarOf(own)) {
            all.put(TOKEN, mine);
            return connection.run(doing, all, fetched, targets);
        }
    }
}
