package io.tfcluster.training;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.tensorflow.DeviceSpec;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TInt64;

/**
 * A number on each parameter server, written after all variables have their values: the same on all if none has lost them since.
 *
 * <p>A server that is started again has no number; each initialisation and each restoring writes another one.
 */
final class PsMarks {
    /** Variables have no values yet, or lost them. */
    static final long NONE = 0;
    /** Rank 0 could not restore them. */
    static final long GIVEN_UP = -1;

    private static final String PRESENT = "train/marks_present";
    private static final String MARKS = "train/marks";
    private static final String IN = "train/marks_in";
    private static final String WRITE = "train/marks_write";

    private PsMarks() {}

    /** Adds the operations. */
    static void add(TrainGraph graph, int servers) {
        Ops train = graph.train();
        Operand<TInt64> in = train.withName("marks_in").placeholder(TInt64.class, Placeholder.shape(Shape.scalar()));
        List<Operand<TBool>> present = new ArrayList<>();
        List<Operand<TInt64>> marks = new ArrayList<>();
        List<Op> written = new ArrayList<>();
        for (int ps = 0; ps < servers; ps++) {
            Ops there = train.withDevice(server(ps));
            VarHandleOp mark = Names.handle(
                    Ops.create(graph.graph()).withDevice(server(ps)),
                    "",
                    StateGraph.OWN + "mark_" + ps,
                    TInt64.class,
                    Shape.scalar());
            present.add(there.varIsInitializedOp(mark).isInitialized());
            marks.add(there.readVariableOp(mark, TInt64.class));
            written.add(there.assignVariableOp(mark, in));
        }
        train.withName("marks_present").stack(present);
        train.withName("marks").stack(marks);
        graph.group("marks_write", written);
    }

    /** The device of a parameter server. */
    static DeviceSpec server(int index) {
        return DeviceSpec.newBuilder().job("ps").task(index).build();
    }

    /** Runs once, so that a session connects to all servers. */
    static void touch(TrainSession session, Duration limit) {
        session.run("connecting to the parameter servers", Map.of(), List.of(PRESENT), List.of(), limit)
                .close();
    }

    /** Returns the number that all servers have, {@link #GIVEN_UP}, or {@link #NONE} if one has none or another. */
    static long read(PsConnection connection) {
        try (Result present = connection.run("looking for the variables", Map.of(), List.of(PRESENT), List.of())) {
            TBool all = (TBool) present.get(0);
            for (long i = 0; i < all.size(); i++) {
                if (!all.getBoolean(i)) {
                    return NONE;
                }
            }
        }
        try (Result found = connection.run("looking for the variables", Map.of(), List.of(MARKS), List.of())) {
            TInt64 marks = (TInt64) found.get(0);
            long first = marks.getLong(0);
            for (long i = 0; i < marks.size(); i++) {
                if (marks.getLong(i) == GIVEN_UP) {
                    return GIVEN_UP;
                }
                first = marks.getLong(i) == first ? first : NONE;
            }
            return first;
        }
    }

    static void write(PsConnection connection, long mark) {
        try (TInt64 fed = TInt64.scalarOf(mark)) {
            connection
                    .run("marking the variables as initialised", Map.of(IN, fed), List.of(), List.of(WRITE))
                    .close();
        }
    }
}
