package io.tfcluster.training;

import java.util.List;
import org.tensorflow.Result;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;

/** What processes send each other through a {@link PsMailbox}: numbers, sums, a text. */
@SuppressWarnings("ArrayRecordComponent") // made and read within one call
record PsLetter(long[] numbers, double[] sums, String text) {
    /** Reads three fetched tensors. */
    static PsLetter of(Result result) {
        TInt64 numbers = (TInt64) result.get(0);
        TFloat64 sums = (TFloat64) result.get(1);
        long[] longs = new long[Math.toIntExact(numbers.size())];
        for (int i = 0; i < longs.length; i++) {
            longs[i] = numbers.getLong(i);
        }
        double[] doubles = new double[Math.toIntExact(sums.size())];
        for (int i = 0; i < doubles.length; i++) {
            doubles[i] = sums.getDouble(i);
        }
        return new PsLetter(longs, doubles, ((TString) result.get(2)).getObject());
    }

    /** Returns the tensors to feed; the caller closes them. */
    List<Tensor> tensors() {
        return List.of(
                TInt64.tensorOf(Shape.of(numbers.length), DataBuffers.of(numbers)),
                TFloat64.tensorOf(Shape.of(sums.length), DataBuffers.of(sums)),
                TString.scalarOf(text));
    }
}
