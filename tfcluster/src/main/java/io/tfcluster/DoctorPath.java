package io.tfcluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A folder that driver and nodes use: each leaves a small file, a mark, there for the others to see.
 *
 * @param location path of each host, or with a scheme
 * @param mustBeShared whether all have to see the same files
 */
record DoctorPath(String location, boolean mustBeShared) implements Serializable {
    static final String TOPIC = "file systems";
    static final String DRIVER = "driver";

    /** What a place found out. */
    record Seen(List<Finding> findings, boolean marked) {}

    private Path path() {
        boolean hasScheme = location.matches("[A-Za-z][A-Za-z0-9+.-]*:.*");
        return hasScheme
                ? new Path(location)
                : new Path(java.nio.file.Path.of(location).toAbsolutePath().toUri());
    }

    /** Without the checksum files that Hadoop puts beside local ones. */
    private FileSystem files(Configuration conf) throws IOException {
        FileSystem files = path().getFileSystem(conf);
        return files instanceof LocalFileSystem local ? local.getRawFileSystem() : files;
    }

    private Path mark(String id, String who) {
        return new Path(path(), ".tfcluster-doctor-" + id + "-" + who);
    }

    /**
     * Leaves a mark and reads it, in a folder that is made if need be.
     *
     * @return the folders that were made, the deepest first
     */
    List<Path> leave(Configuration conf, String id, String who) throws IOException {
        FileSystem files = files(conf);
        List<Path> made = new ArrayList<>();
        for (Path each = path(); each != null && !files.exists(each); each = each.getParent()) {
            made.add(each);
        }
        if (!files.mkdirs(path())) {
            throw new IOException("cannot make the folder " + location);
        }
        try (OutputStream out = files.create(mark(id, who), false)) {
            out.write(who.getBytes(StandardCharsets.UTF_8));
        }
        if (!sees(conf, id, who)) {
            throw new IOException("what is written to " + location + " cannot be read again");
        }
        return made;
    }

    boolean sees(Configuration conf, String id, String who) throws IOException {
        FileSystem files = files(conf);
        if (!files.exists(mark(id, who))) {
            return false;
        }
        try (InputStream in = files.open(mark(id, who))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).equals(who);
        }
    }

    /** Deletes a mark, if it is there, and those of the folders that are empty. */
    void remove(Configuration conf, String id, String who, List<Path> made) throws IOException {
        FileSystem files = files(conf);
        files.delete(mark(id, who), false);
        for (Path each : made) {
            if (files.exists(each) && files.listStatus(each).length == 0) {
                files.delete(each, false);
            }
        }
    }

    String advice() {
        return "make " + location + " writable for " + System.getProperty("user.name")
                + " there, or take another folder";
    }

    /** On an executor: writes, and looks for what the driver wrote. The mark stays if the folder is shared; the driver removes it. */
    Seen examine(String where, Configuration conf, String id, String who) throws IOException {
        List<Path> made = leave(conf, id, who);
        if (sees(conf, id, DRIVER)) {
            return new Seen(List.of(Finding.ok(where, TOPIC, location + " can be written to and is shared")), true);
        }
        remove(conf, id, who, made);
        String found = location + " can be written to, but does not show what the driver wrote there";
        return new Seen(
                List.of(
                        mustBeShared
                                ? Finding.wouldFail(
                                        where,
                                        TOPIC,
                                        found,
                                        "take a folder that all hosts share, as hdfs:///… or a mounted one")
                                : Finding.warning(
                                        where,
                                        TOPIC,
                                        found,
                                        "take a folder that all hosts share, or expect the event files of each host apart")),
                false);
    }
}
