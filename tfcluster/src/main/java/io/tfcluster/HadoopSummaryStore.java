package io.tfcluster;

import io.tfcluster.training.SummaryStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.IOUtils;

/**
 * Event files on Hadoop's file systems: written beside and renamed, since neither appending nor reading what is being written works on all
 * of them.
 *
 * @param defaultFs the driver's default file system
 * @param folder of this host, for the files that are copied
 */
record HadoopSummaryStore(String defaultFs, String folder) implements SummaryStore {

    @Override
    public java.nio.file.Path newFolder() throws IOException {
        return Files.createTempDirectory(java.nio.file.Path.of(folder), "events-");
    }

    @Override
    public void copy(java.nio.file.Path file, long bytes, String directory, String name) throws IOException {
        Configuration conf = configuration(defaultFs);
        Path target = new Path(directory, name);
        Path aside = new Path(directory, ".copy-" + UUID.randomUUID());
        FileSystem fs = target.getFileSystem(conf);
        try {
            try (InputStream in = Files.newInputStream(file);
                    OutputStream out = fs.create(aside, true)) {
                IOUtils.copyBytes(in, out, bytes, false);
            }
            FileContext.getFileContext(target.toUri(), conf)
                    .rename(fs.makeQualified(aside), fs.makeQualified(target), Options.Rename.OVERWRITE);
        } catch (IOException | RuntimeException e) {
            fs.delete(aside, false);
            throw e;
        }
    }

    /** What the host's Hadoop says, over the driver's default file system. */
    static Configuration configuration(String defaultFs) {
        Configuration conf = new Configuration();
        conf.set(FileSystem.FS_DEFAULT_NAME_KEY, defaultFs);
        return conf;
    }
}
