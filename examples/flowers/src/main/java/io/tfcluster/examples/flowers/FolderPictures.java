package io.tfcluster.examples.flowers;

import io.tfcluster.examples.common.ExampleException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** A folder of folders, one for each class: {@code flowers/daisy/1.jpg}. Files and folders whose names start with a dot are left out. */
final class FolderPictures implements PictureSource {

    /** A MongoDB document ends at 16 MB, and it holds more than the picture. */
    static final long MAX_FILE_BYTES = 15L << 20;

    private final Path folder;
    private final List<String> classes;
    private final List<Candidate> files;

    private FolderPictures(Path folder, List<String> classes, List<Candidate> files) {
        this.folder = folder;
        this.classes = classes;
        this.files = files;
    }

    /** Lists the files. */
    static FolderPictures of(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new ExampleException("--images " + folder
                    + (Files.exists(folder) ? " is no folder" : " does not exist")
                    + "; give a folder with one folder of pictures for each class");
        }
        try {
            List<Path> folders =
                    list(folder).stream().filter(Files::isDirectory).toList();
            if (folders.size() < 2) {
                throw new ExampleException("--images " + folder + " holds " + folders.size()
                        + " folders; it needs two or more, one for each class, named like the class");
            }
            List<Candidate> files = new ArrayList<>();
            for (int label = 0; label < folders.size(); label++) {
                Path parent = folders.get(label);
                int before = files.size();
                for (Path file : list(parent)) {
                    if (!Files.isDirectory(file)) {
                        files.add(new PictureFile(file, parent.getFileName() + "/" + file.getFileName(), label));
                    }
                }
                if (files.size() == before) {
                    throw new ExampleException(
                            "the class folder " + parent + " is empty; put pictures in or remove it");
                }
            }
            List<String> names =
                    folders.stream().map(path -> path.getFileName().toString()).toList();
            return new FolderPictures(folder.toAbsolutePath().normalize(), names, files);
        } catch (IOException e) {
            throw new ExampleException("cannot list --images " + folder + ": " + e.getMessage(), e);
        } catch (UncheckedIOException e) {
            throw new ExampleException("cannot list --images " + folder + ": " + e.getMessage(), e);
        }
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(path -> !path.getFileName().toString().startsWith("."))
                    .sorted()
                    .toList();
        }
    }

    @Override
    public List<String> classes() {
        return classes;
    }

    @Override
    public long count() {
        return files.size();
    }

    @Override
    public Iterator<Candidate> candidates() {
        return files.iterator();
    }

    @Override
    public String description() {
        return String.format(Locale.ROOT, "%,d files under %s", files.size(), folder);
    }

    @Override
    public String collection() {
        String name =
                folder.getFileName() == null ? "root" : folder.getFileName().toString();
        return name.replaceAll("[^A-Za-z0-9_]", "_") + "_"
                + Loader.sha256(folder.toString().getBytes(StandardCharsets.UTF_8))
                        .substring(0, 8);
    }

    private record PictureFile(Path path, String name, int label) implements Candidate {
        @Override
        public byte[] read() throws IOException {
            long size = Files.size(path);
            if (size > MAX_FILE_BYTES) {
                throw new PictureDecoder.BrokenPictureException("larger than 15 MB (a MongoDB document ends at 16 MB)");
            }
            return Files.readAllBytes(path);
        }
    }
}
