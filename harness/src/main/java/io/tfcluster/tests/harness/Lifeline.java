package io.tfcluster.tests.harness;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Main class of a child JVM: runs another main class, and ends when stdin does, that is with whoever started it.
 *
 * <p>The end is an orderly exit, so that a Spark Worker's shutdown hooks end its executors; after 8 s it is a halt.
 */
public final class Lifeline {
    private static final int HALT_SECONDS = 8;

    private Lifeline() {}

    /**
     * Runs {@code arguments[0]} as main class with the other arguments.
     *
     * @throws ReflectiveOperationException if there is no such main class, or it fails
     */
    public static void main(String[] arguments) throws ReflectiveOperationException {
        Thread watch = new Thread(Lifeline::endWithStdin, "lifeline");
        watch.setDaemon(true);
        watch.start();
        try {
            Class.forName(arguments[0]).getMethod("main", String[].class).invoke(null, (Object)
                    Arrays.copyOfRange(arguments, 1, arguments.length));
        } catch (InvocationTargetException e) {
            e.getTargetException().printStackTrace();
            System.exit(1);
        }
    }

    private static void endWithStdin() {
        try {
            while (System.in.read() >= 0) {
                // only the end of the stream means something
            }
        } catch (IOException e) {
            System.err.println("lifeline: stdin broke, ending: " + e);
        }
        Thread exit = new Thread(() -> System.exit(0), "lifeline-exit");
        exit.setDaemon(true);
        exit.start();
        try {
            TimeUnit.SECONDS.timedJoin(exit, HALT_SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(2);
    }
}
