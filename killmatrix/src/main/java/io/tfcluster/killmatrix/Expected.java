package io.tfcluster.killmatrix;

/** What must come of a case; the names are those of the matrix. */
enum Expected {
    RECOVERED("recovered"),
    FAILED("failed-with-first-cause"),
    UNAFFECTED("unaffected");

    private final String text;

    Expected(String text) {
        this.text = text;
    }

    @Override
    public String toString() {
        return text;
    }
}
