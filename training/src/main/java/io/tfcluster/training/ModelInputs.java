package io.tfcluster.training;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.types.family.TType;

/** What a model function may ask for in one build. */
interface ModelInputs {
    /** Returns the input of that name, null if there is none. */
    @Nullable
    Operand<?> find(String name);

    /** Returns the input of that name for a function that wants a type, null if there is none; its type may still be another. */
    default @Nullable Operand<?> find(String name, Class<? extends TType> type) {
        return find(name);
    }

    /** Returns the names of all inputs. */
    List<String> names();

    /** Returns all inputs in words. */
    String table();

    /** Returns inputs that are there already. */
    static ModelInputs of(Map<String, Operand<?>> inputs) {
        return new ModelInputs() {
            @Override
            public @Nullable Operand<?> find(String name) {
                return inputs.get(name);
            }

            @Override
            public List<String> names() {
                return List.copyOf(inputs.keySet());
            }

            @Override
            public String table() {
                return ModelBuilder.table(inputs);
            }
        };
    }
}
