package io.tfcluster.killmatrix;

/** What is damaged. */
enum Who {
    WORKER("worker", "worker:0"),
    CHIEF("chief", "chief:0"),
    PS("ps", "ps:0"),
    EVALUATOR("evaluator", "evaluator:0"),
    EXECUTOR("executor", ""),
    FEED_TASK("feed task", ""),
    DRIVER("driver", ""),
    MONGODB("MongoDB", ""),
    NETWORK("network", "");

    private final String text;
    private final String node;

    Who(String text, String node) {
        this.text = text;
        this.node = node;
    }

    /** The node's name in the cluster, empty for what is none. */
    String node() {
        return node;
    }

    boolean isNode() {
        return !node.isEmpty();
    }

    /** Whether it comes by itself to what training nodes do. */
    boolean trains() {
        return this == WORKER || this == CHIEF;
    }

    @Override
    public String toString() {
        return text;
    }
}
