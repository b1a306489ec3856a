package io.tfcluster.training.layers;

import io.tfcluster.training.Initializer;
import io.tfcluster.training.ModelBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Stack;
import org.tensorflow.op.core.Unstack;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/**
 * Layers over sequences [rows, time, features], unrolled: a loop has no gradient outside Python, so the graph has each time step.
 *
 * <p>Variables, their shapes and the order of their gates are Keras': weights of {@code keras.layers.LSTM} and {@code GRU} fit.
 *
 * <pre>{@code
 * Operand<TFloat32> words = Layers.embedding(model, "words", ids, 10_000, 64); // [rows, 40, 64]
 * Operand<TFloat32> read = Recurrent.lstm(model, "lstm", words, 128, lengths).last(); // [rows, 128]
 * }</pre>
 */
public final class Recurrent {
    private Recurrent() {}

    /**
     * What a layer made of a sequence.
     *
     * @param outputs [rows, time, units]; behind a row's length its last output again
     * @param last [rows, units], the output at the end of each row
     */
    public record Sequence(Operand<TFloat32> outputs, Operand<TFloat32> last) {}

    /**
     * Long short-term memory: Hochreiter and Schmidhuber, 1997, with forget gates that begin open.
     *
     * <p>Variables: kernel [features, 4 units], recurrent_kernel [units, 4 units], bias [4 units]; gates input, forget, cell, output.
     *
     * @param x [rows, time, features], both known
     */
    public static Sequence lstm(ModelBuilder model, String name, Operand<TFloat32> x, int units) {
        return new Unrolled(model, name, x, units, null).lstm();
    }

    /**
     * As {@link #lstm(ModelBuilder, String, Operand, int)}, for rows of different length.
     *
     * @param lengths [rows], time steps that count, from the first on
     */
    public static Sequence lstm(
            ModelBuilder model, String name, Operand<TFloat32> x, int units, Operand<TInt64> lengths) {
        return new Unrolled(model, name, x, units, lengths).lstm();
    }

    /**
     * Gated recurrent unit: Cho et al., 2014, with the reset gate after the product, as Keras and cuDNN have it.
     *
     * <p>Variables: kernel [features, 3 units], recurrent_kernel [units, 3 units], bias [2, 3 units], of the input and of the state; gates
     * update, reset, new.
     *
     * @param x [rows, time, features], both known
     */
    public static Sequence gru(ModelBuilder model, String name, Operand<TFloat32> x, int units) {
        return new Unrolled(model, name, x, units, null).gru();
    }

    /**
     * As {@link #gru(ModelBuilder, String, Operand, int)}, for rows of different length.
     *
     * @param lengths [rows], time steps that count, from the first on
     */
    public static Sequence gru(
            ModelBuilder model, String name, Operand<TFloat32> x, int units, Operand<TInt64> lengths) {
        return new Unrolled(model, name, x, units, lengths).gru();
    }

    /** One layer on its way through time. */
    private static final class Unrolled {
        private static final int LSTM_GATES = 4;
        private static final int GRU_GATES = 3;

        private final ModelBuilder model;
        private final Ops tf;
        private final String name;
        private final Operand<TFloat32> x;
        private final int units;
        private final @Nullable Operand<TInt64> lengths;
        private final int time;
        private final long features;
        private final List<Operand<TFloat32>> outputs = new ArrayList<>();

        Unrolled(ModelBuilder model, String name, Operand<TFloat32> x, int units, @Nullable Operand<TInt64> lengths) {
            this.model = model;
            this.tf = model.tf();
            this.name = name;
            this.x = x;
            this.units = units;
            this.lengths = lengths;
            this.time = Math.toIntExact(Sizes.known(name, x, 3, 1, "[rows, time, features]"));
            this.features = Sizes.known(name, x, 3, 2, "[rows, time, features]");
        }

        Sequence lstm() {
            float[] first = new float[LSTM_GATES * units];
            Arrays.fill(first, units, 2 * units, 1); // the forget gate
            List<Output<TFloat32>> inputs = inputs(
                    LSTM_GATES,
                    model.variable(name + "/bias", Shape.of(LSTM_GATES * (long) units), Initializer.of(first)));
            Operand<TFloat32> recurrent = recurrent(LSTM_GATES);
            Operand<TFloat32> output = zeros(inputs.get(0), LSTM_GATES);
            Operand<TFloat32> cell = output;
            for (int t = 0; t < time; t++) {
                List<Output<TFloat32>> gates =
                        gates(tf.math.add(inputs.get(t), tf.linalg.matMul(output, recurrent)), LSTM_GATES);
                Operand<TFloat32> kept = tf.math.mul(tf.math.sigmoid(gates.get(1)), cell);
                Operand<TFloat32> added = tf.math.mul(tf.math.sigmoid(gates.get(0)), tf.math.tanh(gates.get(2)));
                Operand<TFloat32> newCell = tf.math.add(kept, added);
                Operand<TFloat32> newOutput = tf.math.mul(tf.math.sigmoid(gates.get(3)), tf.math.tanh(newCell));
                cell = within(t, newCell, cell);
                output = within(t, newOutput, output);
                outputs.add(output);
            }
            return sequence();
        }

        Sequence gru() {
            Operand<TFloat32> bias =
                    model.variable(name + "/bias", Shape.of(2, GRU_GATES * (long) units), Initializer.zeros());
            List<Output<TFloat32>> biases =
                    tf.unstack(bias, 2L, Unstack.axis(0L)).output();
            List<Output<TFloat32>> inputs = inputs(GRU_GATES, biases.get(0));
            Operand<TFloat32> recurrent = recurrent(GRU_GATES);
            Operand<TFloat32> output = zeros(inputs.get(0), GRU_GATES);
            Operand<TFloat32> one = tf.constant(1f);
            for (int t = 0; t < time; t++) {
                List<Output<TFloat32>> in = gates(inputs.get(t), GRU_GATES);
                List<Output<TFloat32>> state =
                        gates(tf.nn.biasAdd(tf.linalg.matMul(output, recurrent), biases.get(1)), GRU_GATES);
                Operand<TFloat32> update = tf.math.sigmoid(tf.math.add(in.get(0), state.get(0)));
                Operand<TFloat32> reset = tf.math.sigmoid(tf.math.add(in.get(1), state.get(1)));
                Operand<TFloat32> fresh = tf.math.tanh(tf.math.add(in.get(2), tf.math.mul(reset, state.get(2))));
                Operand<TFloat32> newOutput =
                        tf.math.add(tf.math.mul(update, output), tf.math.mul(tf.math.sub(one, update), fresh));
                output = within(t, newOutput, output);
                outputs.add(output);
            }
            return sequence();
        }

        /** The input's part of all gates for each time step, [rows, gates * units]: one product for all steps. */
        private List<Output<TFloat32>> inputs(int gates, Operand<TFloat32> bias) {
            long width = gates * (long) units;
            Operand<TFloat32> kernel =
                    model.variable(name + "/kernel", Shape.of(features, width), Initializer.glorotUniform());
            Operand<TFloat32> flat = tf.reshape(x, tf.constant(new long[] {-1, features}));
            Operand<TFloat32> product = tf.nn.biasAdd(tf.linalg.matMul(flat, kernel), bias);
            return tf.unstack(
                            tf.reshape(product, tf.constant(new long[] {-1, time, width})),
                            (long) time,
                            Unstack.axis(1L))
                    .output();
        }

        private Operand<TFloat32> recurrent(int gates) {
            return model.variable(
                    name + "/recurrent_kernel", Shape.of(units, gates * (long) units), Initializer.orthogonal(1));
        }

        private List<Output<TFloat32>> gates(Operand<TFloat32> all, int gates) {
            return tf.split(tf.constant(1), all, (long) gates).output();
        }

        private Operand<TFloat32> zeros(Operand<TFloat32> input, int gates) {
            return tf.zerosLike(gates(input, gates).get(0));
        }

        /** The new value, or where a row has ended the old one. */
        private Operand<TFloat32> within(int t, Operand<TFloat32> fresh, Operand<TFloat32> old) {
            if (lengths == null) {
                return fresh;
            }
            Operand<TBool> runs = tf.expandDims(tf.math.greater(lengths, tf.constant((long) t)), tf.constant(1));
            return tf.select(runs, fresh, old);
        }

        private Sequence sequence() {
            return new Sequence(tf.stack(outputs, Stack.axis(1L)), outputs.get(time - 1));
        }
    }
}
