package io.tfcluster.training;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CreateFlag;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.UnsupportedFileSystemException;
import org.apache.hadoop.fs.permission.FsPermission;

/** A folder on a Hadoop file system. Its FileContext, unlike its FileSystem, says when a rename fails, and can replace a file by one. */
final class HadoopStorage implements Storage {
    private final FileContext files;
    private final org.apache.hadoop.fs.Path root;

    private HadoopStorage(FileContext files, org.apache.hadoop.fs.Path root) {
        this.files = files;
        this.root = root;
    }

    static HadoopStorage of(String location, Map<String, String> settings) {
        Configuration configuration = new Configuration();
        settings.forEach(configuration::set);
        try {
            return new HadoopStorage(
                    FileContext.getFileContext(URI.create(location), configuration),
                    new org.apache.hadoop.fs.Path(location));
        } catch (UnsupportedFileSystemException e) {
            throw new IllegalArgumentException(
                    "no file system for " + location + ": " + e.getMessage() + "; is its jar on the class path?", e);
        }
    }

    private org.apache.hadoop.fs.Path at(String name) {
        return name.isEmpty() ? root : new org.apache.hadoop.fs.Path(root, name);
    }

    @Override
    public String path(String name) {
        return at(name).toString();
    }

    @Override
    public List<String> names(String folder) throws IOException {
        if (!files.util().exists(at(folder))) {
            return List.of();
        }
        List<String> names = new ArrayList<>();
        for (FileStatus status : files.util().listStatus(at(folder))) {
            names.add(status.getPath().getName());
        }
        names.sort(null);
        return names;
    }

    @Override
    public Path stage(String aside) throws IOException {
        return Files.createTempDirectory("tfcluster-write-");
    }

    @Override
    public void publish(Path staged, String aside, String name) throws IOException {
        upload(staged, at(aside));
        files.rename(at(aside), at(name));
        Storage.deleteQuietly(staged);
    }

    private void upload(Path from, org.apache.hadoop.fs.Path to) throws IOException {
        files.mkdir(to, FsPermission.getDirDefault(), true);
        try (Stream<Path> entries = Files.list(from)) {
            for (Path entry : entries.toList()) {
                org.apache.hadoop.fs.Path target =
                        new org.apache.hadoop.fs.Path(to, String.valueOf(entry.getFileName()));
                if (Files.isDirectory(entry)) {
                    upload(entry, target);
                } else {
                    try (OutputStream out = create(target)) {
                        Files.copy(entry, out);
                    }
                }
            }
        }
    }

    private OutputStream create(org.apache.hadoop.fs.Path file) throws IOException {
        return files.create(
                file, EnumSet.of(CreateFlag.CREATE, CreateFlag.OVERWRITE), Options.CreateOpts.createParent());
    }

    @Override
    public Fetched fetch(String name) throws IOException {
        Path copy = Files.createTempDirectory("tfcluster-read-");
        try {
            download(at(name), copy);
            return new Fetched(copy, true);
        } catch (IOException | RuntimeException e) {
            Storage.deleteQuietly(copy);
            throw e;
        }
    }

    private void download(org.apache.hadoop.fs.Path from, Path to) throws IOException {
        for (FileStatus status : files.util().listStatus(from)) {
            Path target = to.resolve(status.getPath().getName());
            if (status.isDirectory()) {
                download(status.getPath(), Files.createDirectory(target));
            } else {
                try (InputStream in = files.open(status.getPath())) {
                    Files.copy(in, target);
                }
            }
        }
    }

    @Override
    public String read(String name) throws IOException {
        try (InputStream in = files.open(at(name))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Override
    public void write(String name, String text) throws IOException {
        org.apache.hadoop.fs.Path aside = at("." + name + "-" + UUID.randomUUID());
        try (OutputStream out = create(aside)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        files.rename(aside, at(name), Options.Rename.OVERWRITE);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        files.rename(at(from), at(to));
    }

    @Override
    public void delete(String name) throws IOException {
        if (files.util().exists(at(name))) {
            files.delete(at(name), true);
        }
    }
}
