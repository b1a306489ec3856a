package io.tfcluster.training;

import java.util.List;
import org.tensorflow.types.TFloat32;

/** One worker's part of a step, a vector for each {@link FusionBucket}; closing it frees them. */
interface FusedGradient extends AutoCloseable {
    /** Returns a bucket's vector; waits until TensorFlow has computed it. They are asked for in their order. */
    TFloat32 vector(int bucket);

    @Override
    void close();

    /** Vectors that are there, and what frees them. */
    record Computed(List<TFloat32> vectors, Runnable owner) implements FusedGradient {
        @Override
        public TFloat32 vector(int bucket) {
            return vectors.get(bucket);
        }

        @Override
        public void close() {
            owner.run();
        }
    }
}
