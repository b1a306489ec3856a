package io.tfcluster.killmatrix;

import java.io.Serializable;
import java.nio.file.Path;

/**
 * What the processes of a case must know.
 *
 * @param folder for marks and for what the training leaves
 * @param modelFolder where checkpoints and export go: {@code folder}, unless the disk is to be full
 * @param payload bytes of each row beside its number
 */
record Plan(Who who, Phase phase, How how, String folder, String modelFolder, int payload) implements Serializable {
    static final int ROWS = 1_200;
    static final int PARTITIONS = 6;

    /** In the nodes' environment: the process id of the driver. */
    static final String DRIVER = "KILLMATRIX_DRIVER";

    /** Returns the node that comes to the phase and tells; empty for a feed task, which tells itself. */
    String reporter() {
        if (who.isNode() && (who.trains() || phase == Phase.STARTING || phase == Phase.SHUTTING_DOWN)) {
            return onlyChief() ? Who.CHIEF.node() : who.node();
        }
        return onlyChief() ? Who.CHIEF.node() : Who.WORKER.node();
    }

    /** Rank 0 alone writes. */
    private boolean onlyChief() {
        return phase == Phase.CHECKPOINTING || phase == Phase.EXPORTING;
    }

    /** Returns the node that damages itself, empty if that is for somebody else to do. */
    String ownVictim() {
        if (!how.isOwn()) {
            return "";
        }
        return how == How.CUT_FEED ? Who.WORKER.node() : who.node();
    }

    /** Whether a feed task damages itself, its executor, or its own connection. */
    boolean isForFeedTask() {
        return (who == Who.FEED_TASK || (who == Who.EXECUTOR && how.isOwn())) && how != How.CUT_FEED;
    }

    /** Where checkpoints lie: on the file system that knows this phase if it has to be stopped in. */
    String checkpoints() {
        return (phase == Phase.CHECKPOINTING && how != How.DISK_FULL ? GatedFileSystem.SCHEME + ":" : "")
                + Path.of(modelFolder, "checkpoints");
    }

    /** Where a generation's export goes: the one before may have written its own, and so may that of a driver which is dead. */
    String export(int generation) {
        return (phase == Phase.EXPORTING ? GatedFileSystem.SCHEME + ":" : "")
                + Path.of(modelFolder, "export", generation + "-" + System.getenv(DRIVER));
    }

    Marks marks() {
        return new Marks(Path.of(folder));
    }
}
