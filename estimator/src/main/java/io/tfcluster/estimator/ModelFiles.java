package io.tfcluster.estimator;

import io.tfcluster.estimator.ModelSource.Kind;
import io.tfcluster.estimator.ModelSource.Part;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/** Finds a model's files on a Hadoop file system, and tells what is wrong with a folder that holds no whole model. */
final class ModelFiles {
    static final String GRAPH = "saved_model.pb";
    private static final String INDEX = "variables/variables.index";
    private static final Pattern SHARD = Pattern.compile("variables/variables\\.data-(\\d{5})-of-(\\d{5})");

    private ModelFiles() {}

    /**
     * Lists the files of a SavedModel; of the newest whole one, if the folder holds none itself but numbered folders.
     *
     * @throws IllegalArgumentException if it is not there, or not whole
     */
    static ModelSource savedModel(String folder, List<String> tags, Configuration conf) {
        try {
            Path path = new Path(folder);
            FileSystem files = path.getFileSystem(conf);
            Path whole = files.makeQualified(path);
            if (!files.exists(whole)) {
                throw new IllegalArgumentException("no SavedModel at " + whole
                        + ": there is no such folder; set exportDir to where one was exported");
            }
            if (files.getFileStatus(whole).isFile()) {
                throw new IllegalArgumentException("no SavedModel at " + whole
                        + ": it is a file; set exportDir to the folder that holds " + GRAPH
                        + ", or frozenGraph to a GraphDef");
            }
            if (!files.exists(new Path(whole, GRAPH))) {
                for (Path version : ModelVersions.folders(folder, conf)) {
                    Optional<ModelSource> newest = ModelVersions.whole(version, tags, conf);
                    if (newest.isPresent()) {
                        return newest.get();
                    }
                }
            }
            List<Part> parts = parts(files, whole);
            check(whole, parts);
            return new ModelSource(Kind.SAVED_MODEL, whole.toString(), tags, parts);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list the SavedModel at " + folder + ": " + e, e);
        }
    }

    /** Names the file of a frozen graph. */
    static ModelSource frozenGraph(String file, Configuration conf) {
        try {
            Path path = new Path(file);
            FileSystem files = path.getFileSystem(conf);
            Path whole = files.makeQualified(path);
            if (!files.exists(whole) || !files.getFileStatus(whole).isFile()) {
                throw new IllegalArgumentException("no frozen graph at " + whole + ": "
                        + (files.exists(whole)
                                ? "it is a folder; for a SavedModel set exportDir"
                                : "there is no such file"));
            }
            FileStatus status = files.getFileStatus(whole);
            return new ModelSource(
                    Kind.FROZEN_GRAPH,
                    whole.toString(),
                    List.of(),
                    List.of(new Part("", status.getLen(), status.getModificationTime())));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the frozen graph at " + file + ": " + e, e);
        }
    }

    private static List<Part> parts(FileSystem files, Path folder) throws IOException {
        List<Part> parts = new ArrayList<>();
        String root = folder.toUri().getPath().replaceAll("/+$", "") + "/";
        RemoteIterator<LocatedFileStatus> all = files.listFiles(folder, true);
        while (all.hasNext()) {
            LocatedFileStatus each = all.next();
            String name = each.getPath().toUri().getPath().substring(root.length());
            if (!name.endsWith(".crc") && !name.startsWith("assets.extra/")) { // of these the model computes nothing
                parts.add(new Part(name, each.getLen(), each.getModificationTime()));
            }
        }
        parts.sort(Comparator.comparing(Part::name));
        return parts;
    }

    private static void check(Path folder, List<Part> parts) {
        Set<String> names = new HashSet<>();
        parts.stream().filter(part -> part.bytes() > 0).forEach(part -> names.add(part.name()));
        if (!names.contains(GRAPH)) {
            String found = parts.isEmpty()
                    ? "the folder is empty"
                    : parts.stream().anyMatch(part -> part.name().equals(GRAPH))
                            ? GRAPH + " is empty, the export was cut off"
                            : "it has no " + GRAPH + ", but "
                                    + parts.stream().map(Part::name).limit(5).toList();
            throw new IllegalArgumentException("no SavedModel at " + folder + ": " + found + below(parts)
                    + "; export it again, or set exportDir to another folder");
        }
        Set<String> missing = new HashSet<>();
        boolean variables = parts.stream().anyMatch(part -> part.name().startsWith("variables/"));
        if (variables && !names.contains(INDEX)) {
            missing.add(INDEX);
        }
        for (Part part : parts) {
            Matcher shard = SHARD.matcher(part.name());
            if (shard.matches()) {
                int count = Integer.parseInt(shard.group(2));
                for (int i = 0; i < count; i++) {
                    String name = String.format("variables/variables.data-%05d-of-%05d", i, count);
                    if (parts.stream().noneMatch(each -> each.name().equals(name))) {
                        missing.add(name);
                    }
                }
            }
        }
        if (names.contains(INDEX)
                && parts.stream().noneMatch(part -> SHARD.matcher(part.name()).matches())) {
            missing.add("variables/variables.data-*");
        }
        if (!missing.isEmpty()) {
            throw new IllegalArgumentException("the SavedModel at " + folder + " is only half there: it lacks "
                    + missing.stream().sorted().toList() + "; wait for the export to end, or export it again");
        }
    }

    /** Points to a model in a folder below, as Serving lays out versions. */
    private static String below(List<Part> parts) {
        return parts.stream()
                .map(Part::name)
                .filter(name -> name.endsWith("/" + GRAPH))
                .findFirst()
                .map(name -> "; there is one in its folder " + name.substring(0, name.length() - GRAPH.length() - 1))
                .orElse("");
    }

    /** Reads a whole file of the model. */
    static byte[] read(ModelSource source, String name, Configuration conf) {
        Path path = name.isEmpty() ? new Path(source.path()) : new Path(source.path(), name);
        try (InputStream in = path.getFileSystem(conf).open(path)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + path + ": " + e, e);
        }
    }
}
