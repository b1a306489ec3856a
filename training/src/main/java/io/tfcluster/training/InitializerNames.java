package io.tfcluster.training;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.DoubleStream;

/** Initializers by Keras' names. */
final class InitializerNames {
    /** Makes one of its numbers, and what these are by default. */
    private record Named(Function<List<Double>, Initializer> maker, List<Double> defaults) {
        Named(Function<List<Double>, Initializer> maker, Double... defaults) {
            this(maker, List.of(defaults));
        }
    }

    private static final Map<String, Named> NAMES = new TreeMap<>(Map.ofEntries(
            Map.entry("zeros", new Named(n -> Initializer.zeros())),
            Map.entry("ones", new Named(n -> Initializer.ones())),
            Map.entry("constant", new Named(n -> Initializer.constant(n.get(0).floatValue()), 0.0)),
            Map.entry("glorot_uniform", new Named(n -> Initializer.glorotUniform())),
            Map.entry("glorot_normal", new Named(n -> Initializer.glorotNormal())),
            Map.entry("he_uniform", new Named(n -> Initializer.heUniform())),
            Map.entry("he_normal", new Named(n -> Initializer.heNormal())),
            Map.entry("lecun_uniform", new Named(n -> Initializer.lecunUniform())),
            Map.entry("lecun_normal", new Named(n -> Initializer.lecunNormal())),
            Map.entry("random_uniform", new Named(n -> Initializer.randomUniform(n.get(0), n.get(1)), -0.05, 0.05)),
            Map.entry("random_normal", new Named(n -> Initializer.randomNormal(n.get(0)), 0.05)),
            Map.entry(
                    "truncated_normal",
                    new Named(n -> Initializer.truncatedNormal(n.get(0).floatValue()), 0.05)),
            Map.entry("orthogonal", new Named(n -> Initializer.orthogonal(n.get(0)), 1.0))));

    private InitializerNames() {}

    static Initializer of(String name, double... numbers) {
        Named named = NAMES.get(name);
        if (named == null) {
            throw new IllegalArgumentException(
                    "there is no initializer \"" + name + "\"; there is " + String.join(", ", NAMES.keySet()));
        }
        if (numbers.length != 0 && numbers.length != named.defaults().size()) {
            throw new IllegalArgumentException("initializer \"" + name + "\" takes "
                    + named.defaults().size() + " numbers or none, got " + numbers.length);
        }
        return named.maker()
                .apply(
                        numbers.length == 0
                                ? named.defaults()
                                : DoubleStream.of(numbers).boxed().toList());
    }
}
