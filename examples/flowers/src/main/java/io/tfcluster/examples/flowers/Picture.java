package io.tfcluster.examples.flowers;

import java.io.Serializable;

/** One document after decoding, in Spark's memory: pixels and label, or the reason why it cannot be used. */
final class Picture implements Serializable {

    private static final long serialVersionUID = 1L;
    private static final byte[] NOTHING = {};

    private final String id;
    private final String name;
    private final long label;
    private final boolean test;
    private final byte[] pixels;
    private final String problem;

    private Picture(String id, String name, long label, boolean test, byte[] pixels, String problem) {
        this.id = id;
        this.name = name;
        this.label = label;
        this.test = test;
        this.pixels = pixels;
        this.problem = problem;
    }

    static Picture decoded(String id, String name, long label, boolean test, byte[] pixels) {
        return new Picture(id, name, label, test, pixels, "");
    }

    static Picture unusable(String id, String name, String problem) {
        return new Picture(id, name, -1, false, NOTHING, problem);
    }

    String id() {
        return id;
    }

    String name() {
        return name;
    }

    long label() {
        return label;
    }

    boolean isTest() {
        return test;
    }

    boolean isUsable() {
        return problem.isEmpty();
    }

    /** Why it is not usable, empty if it is. */
    String problem() {
        return problem;
    }

    /** Size × size × 3; not copied. */
    byte[] pixels() {
        return pixels;
    }
}
