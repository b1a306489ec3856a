package io.tfcluster.killmatrix;

/** How it is damaged. */
enum How {
    SIGKILL("SIGKILL", false),
    SIGSTOP("SIGSTOP", false),
    /** Frozen, but not for as long as any limit. */
    PAUSE("SIGSTOP (2 s)", false),
    EXCEPTION("exception", true),
    EXIT("System.exit", true),
    OUT_OF_MEMORY("out of memory", true),
    CUT_CONTROL("connection cut (control)", true),
    CUT_FEED("connection cut (feed)", true),
    CUT_PEERS("connection cut (peers)", true),
    /** A database from those who read it. */
    CUT_CLIENTS("connection cut (clients)", false),
    /** A host from all others, silently. */
    CUT("cut", false),
    /** Two hosts from each other. */
    CUT_PAIR("cut between two", false),
    /** Not for as long as any limit. */
    CUT_SHORTLY("cut (2 s)", false),
    DELAY("delay", false),
    LOSS("loss", false),
    DISK_FULL("disk full", false);

    private final String text;
    private final boolean own;

    How(String text, boolean own) {
        this.text = text;
        this.own = own;
    }

    /** Whether a process does it to itself; the matrix does the rest. */
    boolean isOwn() {
        return own;
    }

    /** Whether nothing hears of it but through a limit. */
    boolean isSilent() {
        return this == SIGSTOP;
    }

    @Override
    public String toString() {
        return text;
    }
}
