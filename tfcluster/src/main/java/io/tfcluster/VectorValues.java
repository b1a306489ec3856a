package io.tfcluster;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads Spark ML's vectors in rows without seeing their classes, which need not be there. */
final class VectorValues {
    /** How the vectors of a class are read; empty for classes that are none. */
    private static final ClassValue<Optional<MethodHandle>> READERS = new ClassValue<>() {
        @Override
        protected Optional<MethodHandle> computeValue(Class<?> type) {
            String name = type.getName();
            boolean vector = (name.startsWith("org.apache.spark.ml.linalg.")
                            || name.startsWith("org.apache.spark.mllib.linalg."))
                    && (name.endsWith(".DenseVector") || name.endsWith(".SparseVector"));
            if (!vector) {
                return Optional.empty();
            }
            try {
                MethodHandle toArray = MethodHandles.publicLookup()
                        .findVirtual(type, "toArray", MethodType.methodType(double[].class));
                return Optional.of(toArray.asType(MethodType.methodType(double[].class, Object.class)));
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(name + " of this Spark has no toArray; feed arrays instead", e);
            }
        }
    };

    private VectorValues() {}

    /** Returns a vector's values, or null if the cell is no vector. */
    static double @Nullable [] of(Object cell) {
        Optional<MethodHandle> reader = READERS.get(cell.getClass());
        if (reader.isEmpty()) {
            return null;
        }
        try {
            return (double[]) reader.get().invokeExact(cell);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("reading a vector failed: " + e, e);
        }
    }
}
