package io.tfcluster;

import java.net.URI;
import java.nio.file.Path;

/** Completes paths as TensorFlowOnSpark does (TFNode.py, hdfs_path). */
final class Paths {
    private Paths() {}

    /**
     * Returns a path with its scheme: as it is when it has one; on the default file system when it is absolute; otherwise below the user's
     * home on HDFS and the like, and below the working folder on a local default file system.
     */
    static String absolute(String path, String defaultFs, String user, Path workingFolder) {
        if (path.isEmpty()) {
            throw new IllegalArgumentException("a path must not be empty");
        }
        if (path.matches("[A-Za-z][A-Za-z0-9+.-]*:.*")) {
            return path;
        }
        URI root = URI.create(defaultFs);
        boolean local = root.getScheme() == null || root.getScheme().equals("file");
        String base = local ? "file://" : defaultFs.replaceAll("/+$", "");
        if (path.startsWith("/")) {
            return base + path;
        }
        return local ? base + workingFolder.resolve(path) : base + "/user/" + user + "/" + path;
    }
}
