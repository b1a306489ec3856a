package io.tfcluster.benchmarks;

import java.util.List;
import java.util.function.Consumer;

/** One thing that is measured, found by its name on the command line. */
public interface Benchmark {
    /** Returns the name on the command line. */
    String name();

    /** Returns one line on what is measured. */
    String about();

    /**
     * Measures.
     *
     * @param progress takes lines for the one who waits
     */
    List<Measurement> run(Consumer<String> progress);
}
