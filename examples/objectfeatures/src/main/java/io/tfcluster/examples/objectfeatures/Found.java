package io.tfcluster.examples.objectfeatures;

import static org.apache.spark.sql.functions.col;

import io.tfcluster.examples.common.ExampleException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the commands that look into an output share: its codes, and what is known of its pictures. */
final class Found {

    private static final int ASKED_AT_A_TIME = 1000;

    private final Output output;
    private final BinaryCode code;

    private Found(Output output, BinaryCode code) {
        this.output = output;
        this.code = code;
    }

    /** Looks whether there is something to be searched. */
    static Found in(Output output) {
        output.run();
        return new Found(
                output,
                output.code()
                        .orElseThrow(() -> new ExampleException(
                                "there are no codes at " + output.text() + " yet; run bin/objectfeatures first")));
    }

    BinaryCode code() {
        return code;
    }

    CodeTable codes(int inMemory) {
        return new CodeTable(output.rows(Output.FEATURES, Columns.FEATURES), code.bits(), inMemory);
    }

    /** What is known of these pictures, by id. */
    Map<String, Seen> seen(Collection<String> ids) {
        Map<String, Seen> seen = new HashMap<>();
        List<String> asked = new ArrayList<>(ids);
        for (int from = 0; from < asked.size(); from += ASKED_AT_A_TIME) {
            List<String> some = asked.subList(from, Math.min(asked.size(), from + ASKED_AT_A_TIME));
            output.rows(Output.FEATURES, Columns.SHOWN)
                    .filter(col(Pictures.ID).isInCollection(some))
                    .collectAsList()
                    .forEach(row -> seen.put(row.getAs(Pictures.ID), Seen.of(row)));
        }
        return seen;
    }
}
