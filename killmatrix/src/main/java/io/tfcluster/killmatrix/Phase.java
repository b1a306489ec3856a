package io.tfcluster.killmatrix;

/** When it is damaged. */
enum Phase {
    REGISTERING("registering"),
    STARTING("starting"),
    FEEDING("feeding"),
    STEP("in a step"),
    CHECKPOINTING("checkpointing"),
    EXPORTING("exporting"),
    SHUTTING_DOWN("shutting down");

    private final String text;

    Phase(String text) {
        this.text = text;
    }

    @Override
    public String toString() {
        return text;
    }
}
