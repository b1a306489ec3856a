package io.tfcluster.estimator;

import io.tfcluster.training.Optimizer;
import io.tfcluster.training.Trigger;
import java.io.Serializable;
import java.time.Duration;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import scala.Function1;
import scala.runtime.AbstractFunction1;

/** Checks of an estimator's Params, and what their texts mean. */
final class Checks {
    private static final Pattern INTERVAL = Pattern.compile("([1-9][0-9]{0,8}) *(epoch|step|second|minute|hour)s?");
    private static final double MOMENTUM = 0.9;
    private static final double DECAY = 0.01;

    private Checks() {}

    private interface Maker extends Serializable {
        Optimizer of(double rate);
    }

    private static final Map<String, Maker> OPTIMIZERS = Map.of(
            "sgd", Optimizer::sgd,
            "momentum", rate -> Optimizer.momentum(rate, MOMENTUM),
            "nesterov", rate -> Optimizer.nesterov(rate, MOMENTUM),
            "adagrad", Optimizer::adagrad,
            "rmsprop", Optimizer::rmsProp,
            "adam", Optimizer::adam,
            "adamw", rate -> Optimizer.adamW(rate, DECAY),
            "ftrl", Optimizer::ftrl);

    private interface Rule<T> extends Predicate<T>, Serializable {}

    private static final class Check<T> extends AbstractFunction1<T, Object> implements Serializable {
        private static final long serialVersionUID = 1L;

        private final String rule;
        private final Rule<T> good;

        Check(String rule, Rule<T> good) {
            this.rule = rule;
            this.good = good;
        }

        @Override
        public Object apply(T value) {
            if (!good.test(value)) {
                throw new IllegalArgumentException(
                        rule + ", got " + (value instanceof String ? "\"" + value + "\"" : value));
            }
            return true;
        }
    }

    static Function1<Object, Object> atLeast(String name, long least) {
        return new Check<>(name + " must be " + least + " or more", value -> ((Number) value).longValue() >= least);
    }

    static Function1<Object, Object> above(String name, double bound) {
        return new Check<>(
                name + " must be above " + bound + " and finite",
                value -> ((Number) value).doubleValue() > bound && !Double.isInfinite(((Number) value).doubleValue()));
    }

    static Function1<Object, Object> share(String name) {
        return new Check<>(
                name + " must be 0 to below 1",
                value -> ((Number) value).doubleValue() >= 0 && ((Number) value).doubleValue() < 1);
    }

    static Function1<String, Object> matches(String name, String pattern, String words) {
        return new Check<>(name + " must " + words, value -> value.matches(pattern));
    }

    static Function1<String, Object> interval(String name) {
        return new Check<>(
                name + " must be a number of epochs, steps, seconds, minutes or hours, such as \"500 steps\"",
                value -> trigger(value) != null);
    }

    static Function1<String, Object> optimizer() {
        return new Check<>("optimizer must be one of " + new TreeSet<>(OPTIMIZERS.keySet()), OPTIMIZERS::containsKey);
    }

    /** Returns an optimizer of a name that has been checked. */
    static Optimizer optimizer(String name, double rate) {
        Maker maker = OPTIMIZERS.get(name);
        if (maker == null) {
            throw new IllegalArgumentException("there is no optimizer \"" + name + "\"");
        }
        return maker.of(rate);
    }

    /** Returns what a text such as "500 steps" means, null if nothing. */
    static @Nullable Trigger trigger(String text) {
        Matcher matcher = INTERVAL.matcher(text.strip());
        if (!matcher.matches()) {
            return null;
        }
        long count = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "epoch" -> Trigger.epochs(count);
            case "step" -> Trigger.steps(count);
            case "second" -> Trigger.every(Duration.ofSeconds(count));
            case "minute" -> Trigger.every(Duration.ofMinutes(count));
            default -> Trigger.every(Duration.ofHours(count));
        };
    }
}
