package io.tfcluster.killmatrix;

/**
 * One cell of the matrix.
 *
 * @param restarts how often the cluster may begin anew
 * @param expected what must come of it
 */
record Case(Who who, Phase phase, How how, int restarts, Expected expected) {
    /** Returns what {@code --only} looks at. */
    String id() {
        return who + "/" + phase + "/" + how + (restarts > 0 ? "/restarts" : "");
    }
}
