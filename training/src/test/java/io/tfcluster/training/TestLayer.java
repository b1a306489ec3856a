package io.tfcluster.training;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** Runs a layer with weights of {@link Expected#fill}: its result, its gradients, what its states become. */
public final class TestLayer {
    /** The result's key; gradients are "d_" + variable, states have their names. */
    public static final String RESULT = "";

    private TestLayer() {}

    /**
     * Returns all by name; gradients are those of the sum of the result times fill(9).
     *
     * @param fills names of variables and states to the k of their fill; a moving variance is 1 more than that
     */
    public static Map<String, float[]> run(
            boolean training, Map<String, Integer> fills, Function<ModelBuilder, Operand<TFloat32>> build) {
        try (Graph graph = new Graph();
                Session session = new Session(graph)) {
            Ops tf = Ops.create(graph);
            VariableStore variables = new VariableStore(tf);
            Operand<TInt64> step = tf.constant(0L);
            ModelBuilder model = new ModelBuilder(graph, tf, new HashMap<>(), variables, training, 5, step);
            Operand<TFloat32> result = build.apply(model);
            assign(session, tf, variables, fills);
            Map<String, Operand<TFloat32>> wanted = new LinkedHashMap<>();
            wanted.put(RESULT, result);
            wanted.putAll(model.updates());
            Map<String, float[]> values = fetch(session, wanted);
            wanted.clear();
            if (!variables.trainable().isEmpty()) {
                Operand<TFloat32> coefficients =
                        constant(tf, Expected.fill(9, values.get(RESULT).length), new long[] {-1});
                Operand<TFloat32> sum = tf.reduceSum(
                        tf.math.mul(tf.reshape(result, tf.constant(new int[] {-1})), coefficients), tf.constant(0));
                Map<String, Output<TFloat32>> reads = new LinkedHashMap<>(model.reads());
                reads.keySet().removeIf(name -> !variables.trainable(name));
                List<Output<TFloat32>> gradients = GradientBuilder.gradients(graph, sum.asOutput(), reads);
                int at = 0;
                for (String name : reads.keySet()) {
                    wanted.put("d_" + name, gradients.get(at++));
                }
                values.putAll(fetch(session, wanted));
            }
            return values;
        }
    }

    /** Returns numbers as a tensor whose rows are not known when the graph is built, as the trainer's are. */
    public static Operand<TFloat32> rows(ModelBuilder model, float[] values, long... shape) {
        long[] unknown = shape.clone();
        unknown[0] = Shape.UNKNOWN_SIZE;
        Ops tf = model.tf();
        return tf.placeholderWithDefault(constant(tf, values, shape), Shape.of(unknown));
    }

    private static Operand<TFloat32> constant(Ops tf, float[] values, long... shape) {
        return tf.reshape(tf.constant(values), tf.constant(shape));
    }

    private static void assign(Session session, Ops tf, VariableStore variables, Map<String, Integer> fills) {
        Session.Runner runner = session.runner();
        for (VariableStore.Variable variable : variables.all()) {
            float[] values = Expected.fill(fills.get(variable.name()), variable.size());
            if (variable.name().endsWith("moving_variance")) {
                for (int i = 0; i < values.length; i++) {
                    values[i] += 1;
                }
            }
            Op assigned = tf.assignVariableOp(
                    variable.handle(), constant(tf, values, variable.shape().asArray()));
            runner.addTarget(assigned);
        }
        runner.run().close();
    }

    private static Map<String, float[]> fetch(Session session, Map<String, Operand<TFloat32>> wanted) {
        Session.Runner runner = session.runner();
        wanted.values().forEach(runner::fetch);
        Map<String, float[]> values = new LinkedHashMap<>();
        try (Result result = runner.run()) {
            List<String> names = new ArrayList<>(wanted.keySet());
            for (int i = 0; i < names.size(); i++) {
                values.put(names.get(i), TestModel.floats((TFloat32) result.get(i)));
            }
        }
        return values;
    }
}
