package io.tfcluster.benchmarks;

import java.util.List;
import java.util.function.Consumer;

/** One thing that is measured, found by its name on the command line; a name with dots also by what comes before a dot. */
interface Benchmark extends AutoCloseable {
    /** Returns the name on the command line. */
    String name();

    /** Returns another word that runs it together with its like; by default what comes before the name's first dot. */
    default String group() {
        int dot = name().indexOf('.');
        return dot < 0 ? name() : name().substring(0, dot);
    }

    /** Returns one line on what is measured. */
    String about();

    /**
     * Measures.
     *
     * @param progress takes lines for the one who waits
     */
    List<Measurement> run(Consumer<String> progress);

    /** Ends what it shares with other benchmarks, if anything; called when all that were asked for have run. */
    @Override
    default void close() {}
}
