package io.tfcluster.killmatrix;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.DelegateToFileSystem;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/** The local disk under another scheme, where the first file of a checkpoint or an export that a node makes is a {@link Gate}. */
public final class GatedFileSystem extends RawLocalFileSystem {
    static final String SCHEME = "killmatrix";

    private static final URI NAME = URI.create(SCHEME + ":///");

    /** Hadoop's settings that make the scheme known; Spark wants them with {@code spark.hadoop.} in front. */
    static Map<String, String> settings() {
        return Map.of(
                "fs." + SCHEME + ".impl",
                GatedFileSystem.class.getName(),
                "fs.AbstractFileSystem." + SCHEME + ".impl",
                Context.class.getName());
    }

    @Override
    public URI getUri() {
        return NAME;
    }

    @Override
    public String getScheme() {
        return SCHEME;
    }

    @Override
    public FSDataOutputStream create(
            Path file,
            FsPermission permission,
            boolean overwrite,
            int bufferSize,
            short replication,
            long blockSize,
            Progressable progress)
            throws IOException {
        Gate.reach(file.toString().contains("/export/") ? Phase.EXPORTING : Phase.CHECKPOINTING);
        return super.create(file, permission, overwrite, bufferSize, replication, blockSize, progress);
    }

    /** The same for Hadoop's FileContext. */
    public static final class Context extends DelegateToFileSystem {
        /** Called by Hadoop. */
        public Context(URI uri, Configuration configuration) throws IOException, URISyntaxException {
            super(NAME, new GatedFileSystem(), configuration, SCHEME, false);
        }
    }
}
