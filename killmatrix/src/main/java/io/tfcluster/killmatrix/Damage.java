package io.tfcluster.killmatrix;

import java.util.ArrayList;
import java.util.List;

/** What a process does to itself. */
final class Damage {
    static final String SAYS = "damaged on purpose";
    static final int EXIT_CODE = 3;

    private Damage() {}

    /** Does it; returns only after a cut. */
    static void inflict(How how) {
        switch (how) {
            case EXCEPTION -> throw new IllegalStateException(SAYS);
            case EXIT -> System.exit(EXIT_CODE);
            case OUT_OF_MEMORY -> fillTheHeap();
            case CUT_CONTROL, CUT_FEED, CUT_PEERS -> OwnSockets.cut(how);
            default -> throw new IllegalArgumentException(how + " is not for the process itself to do");
        }
    }

    private static void fillTheHeap() {
        List<long[]> all = new ArrayList<>();
        while (all.size() < Integer.MAX_VALUE) {
            all.add(new long[1 << 22]);
        }
    }
}
