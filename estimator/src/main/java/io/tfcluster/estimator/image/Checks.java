package io.tfcluster.estimator.image;

import java.io.Serializable;
import java.util.List;
import java.util.function.Predicate;
import scala.Function1;
import scala.runtime.AbstractFunction1;

/** Checks of Params' values that say what would be right; Spark's own say only that a value is invalid. */
final class Checks {

    private Checks() {}

    private interface Good<T> extends Predicate<T>, Serializable {}

    private static final class Check<T> extends AbstractFunction1<T, Object> implements Serializable {

        private static final long serialVersionUID = 1L;

        private final String rule;
        private final Good<T> good;

        Check(String rule, Good<T> good) {
            this.rule = rule;
            this.good = good;
        }

        @Override
        public Object apply(T value) {
            if (!good.test(value)) {
                throw new IllegalArgumentException(
                        rule + ", got " + (value instanceof String ? "\"" + value + "\"" : String.valueOf(value)));
            }
            return true;
        }
    }

    static Function1<String, Object> oneOf(String name, List<String> values) {
        return new Check<>(name + " must be one of " + values, values::contains);
    }

    static Function1<String, Object> column(String name) {
        return new Check<>(name + " must be the name of a column", value -> !value.isBlank());
    }

    static Function1<Object, Object> within(String name, long least, long most) {
        return new Check<>(
                name + " must be " + least + " to " + most,
                value -> ((Number) value).longValue() >= least && ((Number) value).longValue() <= most);
    }

    static Function1<Object, Object> between(String name, double least, double most) {
        return new Check<>(
                name + " must be " + least + " to " + most,
                value -> ((Number) value).doubleValue() >= least && ((Number) value).doubleValue() <= most);
    }
}
