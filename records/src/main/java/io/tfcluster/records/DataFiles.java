package io.tfcluster.records;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.BlockLocation;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/** Finds the data files that paths, folders and patterns stand for: each once, by name in order, without hidden ones. */
final class DataFiles {
    private final Configuration conf;
    private final Map<String, DataFile> found = new TreeMap<>();

    private DataFiles(Configuration conf) {
        this.conf = conf;
    }

    static List<DataFile> list(Configuration conf, List<String> paths) {
        if (paths.isEmpty()) {
            throw new IllegalArgumentException("no path given; name a file, a folder or a pattern");
        }
        DataFiles files = new DataFiles(conf);
        for (String path : paths) {
            try {
                files.add(path);
            } catch (IOException e) {
                throw new UncheckedIOException("cannot list " + path + ": " + e.getMessage(), e);
            }
        }
        return List.copyOf(files.found.values());
    }

    private void add(String text) throws IOException {
        Path path = new Path(text);
        FileSystem fs = path.getFileSystem(conf);
        FileStatus[] matches = matches(fs, path);
        if (matches.length == 0) {
            throw new IllegalArgumentException("nothing is at " + text + " (" + fs.makeQualified(path) + ")");
        }
        for (FileStatus match : matches) {
            if (hiddenByPattern(match.getPath(), path)) {
                continue;
            }
            if (match.isDirectory()) {
                addFolder(fs, match.getPath());
            } else {
                add(match, fs.getFileBlockLocations(match, 0, match.getLen()));
            }
        }
    }

    /** A hidden name counts if the path spells it out, not if a pattern happens to match it. */
    private static boolean hiddenByPattern(Path match, Path pattern) {
        Path below = match;
        Path spelled = pattern;
        while (below != null && spelled != null) {
            if (hidden(below.getName()) && !below.getName().equals(spelled.getName())) {
                return true;
            }
            below = below.getParent();
            spelled = spelled.getParent();
        }
        return false;
    }

    private static FileStatus[] matches(FileSystem fs, Path path) throws IOException {
        try {
            FileStatus[] matches = fs.globStatus(path);
            return matches == null ? new FileStatus[0] : matches;
        } catch (FileNotFoundException e) {
            return new FileStatus[0]; // some file systems say so in this way
        }
    }

    private void addFolder(FileSystem fs, Path folder) throws IOException {
        int above = fs.makeQualified(folder).depth();
        RemoteIterator<LocatedFileStatus> files = fs.listFiles(folder, true);
        while (files.hasNext()) {
            LocatedFileStatus file = files.next();
            Stream<Path> below = Stream.iterate(file.getPath(), path -> path.depth() > above, Path::getParent);
            if (below.noneMatch(path -> hidden(path.getName()))) {
                add(file, file.getBlockLocations());
            }
        }
    }

    /** What Spark's own sources leave out: {@code _SUCCESS}, {@code _temporary}, {@code .part.crc}, files being copied; but not {@code _column=1}. */
    static boolean hidden(String name) {
        return (name.startsWith("_") && !name.contains("=")) || name.startsWith(".") || name.endsWith("._COPYING_");
    }

    private void add(FileStatus file, BlockLocation[] blocks) throws IOException {
        String path = file.getPath().toString();
        List<String> hosts = blocks.length == 0
                ? List.of()
                : Stream.of(blocks[0].getHosts())
                        .filter(host -> !host.equals("localhost"))
                        .toList();
        found.put(path, new DataFile(path, file.getLen(), hosts));
    }
}
