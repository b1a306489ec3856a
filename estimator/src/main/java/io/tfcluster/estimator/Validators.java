package io.tfcluster.estimator;

import java.io.Serializable;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import scala.Function1;
import scala.runtime.AbstractFunction1;

/** Checks of Params' values that say what would be right; Spark's own say only that a value is invalid. */
final class Validators {
    private Validators() {}

    private interface SerializablePredicate<T> extends Predicate<T>, Serializable {}

    private static final class Check<T> extends AbstractFunction1<T, Object> implements Serializable {
        private static final long serialVersionUID = 1L;

        private final String rule;
        private final SerializablePredicate<T> good;

        Check(String rule, SerializablePredicate<T> good) {
            this.rule = rule;
            this.good = good;
        }

        @Override
        public Object apply(T value) {
            if (!good.test(value)) {
                throw new IllegalArgumentException(rule + ", got "
                        + (value instanceof String[] texts
                                ? Arrays.toString(texts)
                                : value instanceof String ? "\"" + value + "\"" : String.valueOf(value)));
            }
            return true;
        }
    }

    static Function1<Object, Object> atLeast(String name, int least) {
        return new Check<>(name + " must be " + least + " or more", value -> ((Number) value).intValue() >= least);
    }

    static Function1<Object, Object> share(String name) {
        return new Check<>(
                name + " must be 0 to 1",
                value -> ((Number) value).doubleValue() >= 0 && ((Number) value).doubleValue() <= 1);
    }

    static Function1<String, Object> notBlank(String name, String what) {
        return new Check<>(name + " must be " + what, value -> !value.isBlank());
    }

    static Function1<String, Object> oneOf(String name, String... values) {
        List<String> all = List.of(values);
        return new Check<>(name + " must be one of " + all, all::contains);
    }

    /** Names that are not blank and come once. */
    static Function1<String[], Object> distinct(String name) {
        return new Check<>(
                name + " must be names that are not blank, each once",
                values -> Arrays.stream(values).noneMatch(String::isBlank)
                        && new HashSet<>(List.of(values)).size() == values.length);
    }

    /** Maps of names to names, none blank, no target twice. */
    static Function1<Map<String, String>, Object> names(String name) {
        return new Check<>(
                name + " must map names to names, none of them blank and no target twice",
                map -> map.entrySet().stream()
                                .noneMatch(entry -> entry.getKey().isBlank()
                                        || entry.getValue().isBlank())
                        && new HashSet<>(map.values()).size() == map.size());
    }
}
