package io.tfcluster.estimator;

import java.io.Serializable;
import java.util.List;
import java.util.OptionalLong;

/**
 * Where a model's files are, and which: enough to load it, and to know it again.
 *
 * @param path of a SavedModel's folder or a frozen graph's file, with its scheme
 * @param tags of a SavedModel's graph
 */
record ModelSource(Kind kind, String path, List<String> tags, List<Part> parts) implements Serializable {
    ModelSource {
        tags = List.copyOf(tags);
        parts = List.copyOf(parts);
    }

    /** What lies at the path. */
    enum Kind {
        /** A SavedModel's folder. */
        SAVED_MODEL,
        /** A GraphDef whose variables are constants. */
        FROZEN_GRAPH
    }

    /** A file, by its path below the folder; "" for the file itself. */
    record Part(String name, long bytes, long modified) implements Serializable {}

    long bytes() {
        return parts.stream().mapToLong(Part::bytes).sum();
    }

    /** Whether the files are on a disk of the driver's host, which executors may not see. */
    boolean isLocal() {
        return path.startsWith("file:");
    }

    /** Returns its number among the model's versions, if it lies in a numbered folder. */
    OptionalLong version() {
        String name = path.substring(path.lastIndexOf('/') + 1);
        return kind == Kind.SAVED_MODEL && ModelVersions.isNumber(name)
                ? OptionalLong.of(Long.parseLong(name))
                : OptionalLong.empty();
    }

    @Override
    public String toString() {
        return (kind == Kind.SAVED_MODEL ? "SavedModel " : "frozen graph ") + path;
    }
}
