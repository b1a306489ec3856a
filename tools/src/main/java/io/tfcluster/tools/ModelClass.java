package io.tfcluster.tools;

import io.tfcluster.training.ModelFunction;

/** A model function by the name of its class. */
final class ModelClass {
    private ModelClass() {}

    /**
     * Makes it.
     *
     * @throws IllegalArgumentException if there is no such class, or it is something else
     */
    static ModelFunction of(String name) {
        try {
            Object made = Class.forName(name, true, Thread.currentThread().getContextClassLoader())
                    .getDeclaredConstructor()
                    .newInstance();
            if (made instanceof ModelFunction function) {
                return function;
            }
            throw new IllegalArgumentException(name + " is no " + ModelFunction.class.getName());
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(
                    "cannot make a " + name + " (" + e
                            + "); it needs a public constructor without arguments, and its jar on the class path",
                    e);
        }
    }
}
